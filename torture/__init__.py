"""kill -9 of everything, at random moments, while records are reported: `make torture ARGS="--rounds 50"`.

    __main__.py      a database, a folder and ports of the run's own; two scenarios, each in a process of its own
    street.py        the processes as `make run` starts them (web, worker with beat, three receivers), and a Redis
    people.py        clerks, reviewers and a department's system that talk to the web over HTTP, patiently
    traffic.py       what they do all the time: report, approve, dispute, withdraw; and a reader of the revisions feed
    pushing.py       first scenario: kills while revisions are made and pushed
    importing.py     second scenario: kills while a workbook is checked, committed and approved
    verdict.py       what must be true afterwards: nothing lost, nothing twice, nothing out of order

Chance comes from a seed that is printed; the processes' own timing does not, so a seed repeats the plan, not the run.
"""
