"""What to do next: targets, priorities, the schedule and what it would bring.

`plan.make_plan` ties the parts together; `schedule.solve` solves one instance whatever framework it comes from. Every
module here is pure: no Django, no clock, no environment, no randomness, and exact fractions throughout.
"""
