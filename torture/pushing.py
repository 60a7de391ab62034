"""python -m torture.pushing: kills at random moments while revisions are made and pushed to three platforms."""

import sys
from random import Random

from torture.scenario import Kills, come_to_rest, concluded, opened, options, say
from torture.street import PUSH_VICTIMS, Street, wait_until

ROUND_SECONDS = 240
# After so many rounds at least one push must have been under way when something died.
SURELY_HIT = 10
# An answer takes this long, so that a kill finds requests on their way.
SLOW = b'{"slow_seconds": 0.3}'


def main() -> int:
    o = options()
    random = Random(o.seed)
    street, _ = opened()
    try:
        return run(street, random, o.rounds, o.revisions)
    finally:
        street.stop()


def run(street: Street, random: Random, rounds: int, revisions: int) -> int:
    from records.models import Revision
    from torture import verdict
    from torture.traffic import Follower, Traffic, create_people

    _, secret = create_people()
    street.start_all()
    for code in street.platforms:
        street.control(code, SLOW)
    traffic, follower = Traffic(street.address, secret, Random(random.random())), Follower(street.address)
    traffic.sign_in()
    traffic.start()
    follower.start()
    kills = Kills(street, random, PUSH_VICTIMS)

    def alive() -> None:
        for thread in (traffic, follower):
            if thread.failure:
                raise thread.failure

    def made(wanted: int) -> bool:
        alive()
        return Revision.objects.count() >= wanted

    for number in range(1, rounds + 1):
        traffic.may_go_on.set()
        wanted = revisions * number // rounds
        struck = [kills.one(3) for _ in range(random.randint(1, 2))]
        wait_until(lambda wanted=wanted: made(wanted), seconds=ROUND_SECONDS, what=f"{wanted} revisions", every=0.3)
        if Revision.objects.count() >= revisions * min(rounds, number + 1) // rounds:
            traffic.may_go_on.clear()  # ahead of the plan; deliveries go on
        say(f"{number}/{rounds} {', '.join(struck)}：{Revision.objects.count():,} 条修订")
    traffic.over.set()
    traffic.join(120)
    seconds = come_to_rest(street, traffic.keeper)
    follower.over.set()
    follower.join(60)
    follower.read_on()
    alive()
    say(f"{seconds:.0f} 秒后全部办结；人和系统遇到 {dict(traffic.troubles)}，读者遇到 {dict(follower.person.troubles)}")
    missed = rounds >= SURELY_HIT and not verdict.was_hit()
    wrong = [
        *(["no kill hit a push on its way: nothing was proved"] if missed else []),
        *verdict.ledger(follower.seen),
        *verdict.promises(traffic.batches, traffic.acts),
        *(line for code in street.platforms for line in verdict.platform(code)),
    ]
    sys.stdout.write(
        f"报送：{rounds} 轮，{street.kills} 次（{dict(kills.counts)}），{Revision.objects.count():,} 条修订，"
        f"三个平台；办理 {dict(traffic.promised)}；{verdict.summary()}\n"
    )
    return concluded(wrong)


if __name__ == "__main__":
    sys.exit(main())
