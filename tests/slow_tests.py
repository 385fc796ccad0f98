"""What is left out by `pytest -m 'not slow'`, in one place, measured in seconds of CPU with an idle machine.

Whole files of which much is slow, and single tests over a second. A test that is written slow has the mark itself.
"""

from typing import Final

FILES: Final = (
    *("cli/damage/test_hostile.py", "cli/test_backup_restore.py", "cli/test_completion_shells.py"),
    *("cli/test_output_files.py", "cli/test_waiting.py", "app/test_one_post.py", "app/test_safe_mode.py"),
    *("app/test_shapes.py", "app/test_verdicts.py"),
    *("cli/test_bad_databases.py", "cli/test_check.py", "cli/test_completion.py", "cli/test_demo.py"),
    *("cli/test_migrate.py", "cli/test_on_failure.py", "cli/test_privacy.py", "cli/test_schedule.py"),
    *("cli/test_terminal.py", "app/test_backup.py", "app/imports/test_full_import.py", "app/test_check.py"),
    *("app/test_check_bytes.py", "app/test_nights.py", "app/test_restore.py", "app/test_resume.py"),
    *("app/test_suspicion.py", "query/test_fuzz.py", "query/test_round_trip.py", "sandbox/test_conformance.py"),
    *("cli/test_backup.py", "cli/test_export.py", "cli/test_paint.py", "cli/test_query.py", "cli/test_restore.py"),
    *("cli/test_stats.py", "cli/test_sync_files.py", "cli/test_tags.py", "app/test_push.py", "app/test_schedulers.py"),
    *("app/imports/test_mutated_exports.py", "app/imports/test_mutations.py", "site/test_connection.py"),
    *("store/test_backup.py", "store/test_upgrade.py"),
    *(
        "cli/damage/test_rescue.py",
        "cli/test_exporters.py",
        "cli/test_interrupted_waiting.py",
        "cli/test_python_doc.py",
    ),
    *("cli/test_round_trips.py", "app/test_budgets.py", "app/test_interrupted.py"),
    *("store/test_search_plans.py", "store/test_trouble.py", "store/test_user_sql.py"),
)

TESTS: Final = {
    "cli/test_import_limits.py": ("test_the_limit_is_known_before_the_first_sync",),
    "cli/test_account_add.py": ("test_what_cannot_be_a_key_never_reaches_the_site",),
    "cli/test_formats.py": ("test_many_rows_take_no_more_memory_than_a_few",),
    "cli/test_strange_settings.py": (
        "test_without_a_home_all_works_with_what_is_named",
        "test_without_a_home_it_is_said_what_to_name",
    ),
    "app/test_private_files.py": ("test_a_file_that_is_open_is_found_and_closed",),
    "site/test_deadline.py": ("test_an_answer_that_only_drips_ends_with_the_timeout",),
    "app/test_hook.py": ("test_a_command_that_hangs_is_ended_with_all_that_it_started",),
    "site/test_mangle.py": ("test_mangled_answers_end_in_an_answer_or_an_error_of_ours",),
    "sandbox/test_second_shape.py": ("test_what_was_recorded_later_is_answered_alike",),
    "test_interruption.py": ("test_a_signal_that_got_lost_is_heard_of_before_anything_is_saved",),
    "cli/test_datasette.py": ("test_every_table_and_view_opens", "test_facets_count"),
    "cli/test_search.py": (
        "test_a_terminal_is_shown_the_first_forty",
        "test_a_table_fits_the_terminal",
        "test_a_reader_that_goes_away_is_no_error",
        "test_it_says_why_it_may_be_that_nothing_is_found",
    ),
    "cli/test_sync.py": ("test_another_run_is_waited_for_by_nobody", "test_progress_is_drawn_on_a_terminal_only"),
    "app/test_units.py": ("test_systemd_runs_what_was_meant",),
    "store/test_history.py": ("test_the_list_as_of_each_run_is_what_was_kept_then",),
    "store/test_search_hints.py": ("test_it_looks_at_few_of_very_many_tags",),
    "core/test_incremental.py": (
        "test_any_list_that_can_follow_is_told_exactly",
        "test_removals_and_new_ones_cost_what_is_promised",
    ),
    "core/test_ties.py": (
        "test_a_removal_in_the_stretch_is_noticed_the_same_night",
        "test_a_stretch_is_learned_and_then_every_night_is_cheap",
    ),
    "test_readme.py": (
        "test_the_way_back_to_a_backup_leads_there",
        "test_a_sync_costs_the_site_no_more_than_is_documented",
        "test_the_json_has_the_shape_that_is_documented",
        "test_the_sessions_go_as_they_are_shown",
        "test_every_question_in_sql_finds_something",
    ),
}


def is_slow(file: str, test: str) -> bool:
    """Whether a test is left out; `file` is relative to this folder, `test` the name of the function."""
    return file in FILES or test in TESTS.get(file, ())
