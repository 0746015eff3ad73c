//! The store's contract, as the ports' documentation states it: one set of tests, run on memory, SQLite and PostgreSQL.
//!
//! Each test is a function over a fresh, empty store. A function that is missing in the list below is a warning, and
//! with that a failure in CI.

mod answers;
mod attempts;
mod backend;
mod catalog;
mod credentials;
mod nul;
mod paging;
mod practice;
mod races;
mod records;
mod releases;
mod replay;
mod sample;
mod search;
mod search_corpus;
mod statistics;
mod study_plans;
mod transactions;
mod users;
mod values;

macro_rules! on {
    ($backend:ident $($module:ident { $($test:ident,)+ })+) => {
        mod $backend {
            $(mod $module {
                $(#[test] fn $test() { super::super::$module::$test(super::super::backend::$backend().store()); })+
            })+
        }
    };
}

macro_rules! conformance {
    ($($tests:tt)+) => { on! { memory $($tests)+ } on! { sqlite $($tests)+ } on! { postgres $($tests)+ } };
}

conformance! {
    search {
        the_order_is_the_stated_one,
        an_index_gives_what_expressions_mean,
        only_what_is_published_is_found,
        the_index_follows_releases_and_roll_backs,
        what_was_published_before_the_index_is_found_too,
        a_misspelt_word_is_taken_for_one_of_a_title,
        pages_tile_what_is_found,
        beyond_the_best_nothing_is_listed_and_that_is_told,
    }
    transactions {
        values_come_out_of_closures,
        a_failed_closure_leaves_nothing,
        closures_that_come_together_are_answered_one_by_one,
        a_failure_after_partial_writes_leaves_nothing_anywhere,
        a_panic_leaves_nothing_and_the_store_goes_on,
        a_refusal_that_a_closure_swallows_is_no_silent_loss,
        a_transaction_reads_what_it_wrote,
        a_reading_closure_sees_one_moment,
        a_writing_closure_may_be_run_twice,
        the_store_is_ready,
        the_generation_tells_of_each_commit,
    }
    users {
        a_user_comes_back_as_it_went_in,
        email_is_unique,
        an_update_needs_the_version_before_it,
        an_address_can_change_but_not_to_a_taken_one,
        password_hashes_are_set_and_replaced,
        a_password_needs_its_user,
        only_active_admins_are_counted,
    }
    credentials {
        a_session_is_found_by_its_digest_with_its_user,
        a_session_needs_its_user,
        sessions_end_one_by_one_and_all_but_one,
        expired_sessions_are_removed,
        a_token_is_found_by_id_and_digest,
        a_token_needs_its_user,
        token_names_are_unique_for_a_user,
        a_revoked_token_is_gone_and_its_name_free,
        the_last_use_of_a_token_only_moves_forward,
        throttles_keep_the_last_state,
        throttles_in_the_past_are_purged,
    }
    answers {
        an_answer_comes_back_byte_for_byte,
        an_answer_needs_its_user,
        keys_belong_to_users,
        a_later_answer_replaces_the_one_before,
        old_answers_are_purged,
        work_is_done_once_for_a_key,
        failed_work_leaves_its_key_free,
        an_answer_and_its_work_commit_together,
    }
    catalog {
        an_empty_store_has_nothing_to_teach,
        a_release_comes_back_as_it_went_in,
        documents_of_every_kind_come_back,
        texts_and_quizzes_are_kept_by_revision,
        drills_are_kept_by_revision,
        links_are_ordered_and_each_once,
        files_are_ordered_and_kept_by_digest,
        numbers_rise,
        a_release_needs_its_author_and_what_it_names,
        the_library_has_the_current_release_of_each_pack,
        retired_and_moved_documents_keep_their_place,
        a_release_that_was_rolled_back_is_seen_by_nobody,
    }
    records {
        a_record_begins_empty,
        events_and_rows_are_written_together,
        events_have_no_gaps,
        a_record_needs_its_user,
        a_record_changes_by_events_only,
        a_standing_has_what_progress_needs,
        what_is_skipped_or_waived_is_kept,
        events_are_found_by_their_time,
        open_enrolments_are_counted_by_target,
        a_release_finds_whom_it_concerns,
        whom_it_concerns_is_found_in_batches,
        the_tally_counts_everybody,
    }
    attempts {
        an_attempt_comes_back_open_and_graded,
        an_attempt_needs_its_user_and_its_enrolment,
        one_attempt_is_open_at_a_time,
        an_attempt_is_graded_once,
        grading_changes_the_grade_alone,
        attempts_are_listed_by_user_and_lesson,
    }
    practice {
        a_drill_attempt_comes_back_open_expired_and_judged,
        a_verdict_is_replaced_and_what_was_handed_in_forgotten,
        drill_attempts_are_listed_by_learner_and_by_lesson,
        work_comes_back_with_its_versions_and_reviews,
        work_is_listed_by_state_and_written_about,
    }
    study_plans {
        a_plan_comes_back_as_it_went_in_and_as_it_was_changed,
        a_plan_changes_from_the_version_before,
        a_plan_needs_its_enrolment,
    }
    statistics {
        attempts_are_counted_once_and_add_up,
        only_what_waits_is_counted,
        many_count_each_attempt_once,
        learners_and_open_attempts_are_counted,
        the_newest_enrolments_come_with_their_standings,
    }
    releases {
        a_release_credits_what_moved_and_a_roll_back_moves_it_back,
        a_moved_course_is_credited_to_everybody_who_finished_it,
        a_shrunk_course_is_finished_for_who_has_done_the_rest,
        a_release_that_fails_leaves_the_one_before,
        export_gives_back_the_files_of_each_release,
    }
    races {
        eight_times_a_hundred_updates_of_one_row_all_succeed,
        eight_times_a_hundred_events_of_one_record_all_succeed,
        eight_times_a_hundred_writes_to_rows_of_their_own_all_succeed,
        of_many_sign_ups_with_one_address_one_succeeds,
        the_last_admin_stays,
        the_last_attempt_is_given_once,
        of_many_submissions_one_is_graded,
        one_enrolment_a_target_is_open,
        five_twins_of_a_request_have_one_effect,
        of_two_releases_planned_together_one_is_applied,
        what_was_read_at_a_generation_is_what_anybody_reads,
    }
    paging {
        pages_tile_every_list,
        users_are_ordered_by_address_in_code_point_order,
        inserts_between_pages_by_id_neither_repeat_nor_hide_an_item,
        inserts_between_pages_by_address_neither_repeat_nor_hide_an_item,
        pages_are_whole_while_others_insert,
        ids_are_ordered_as_their_text,
        releases_are_ordered_as_numbers,
    }
    values {
        times_come_back_exactly,
        texts_come_back_exactly,
        long_texts_come_back_exactly,
        greatest_numbers_come_back_exactly,
        keys_differ_by_case_and_accent,
    }
    nul {
        nul_is_refused_everywhere,
        looking_for_nul_finds_nothing,
    }
    replay {
        the_record_is_what_its_events_say_and_what_memory_says,
    }
}
