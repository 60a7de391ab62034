"""政务诚信: dishonesty records (政务失信记录) and honours (守信荣誉) of government bodies and officials."""
