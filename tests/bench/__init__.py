"""`make bench`: what pages, the plan and writes cost, as ratios taken beside a fixed reference in one run.

Everything runs on a PostgreSQL of its own with fsync on. Reference and target come in turn for several rounds; printed
are medians. Nothing is asserted about time; the numbers of queries are tested in tests/patients/test_page_queries.py.
"""
