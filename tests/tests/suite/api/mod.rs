//! The API as callers see it: the real server on a free port, on memory, SQLite and PostgreSQL.
//!
//! Each test is a function over a kind of store. A function that is missing in the list below is a warning, and with that
//! a failure in CI.

mod access;
mod author;
mod authoring;
mod capstones;
mod catalogue;
mod client;
mod examples;
mod forms;
mod html;
mod html_errors;
mod idempotency;
mod input;
mod learning;
mod pack;
mod pages;
mod practice;
mod practice_pages;
mod protocol;
mod query_plans;
mod quizzes;
mod running;
mod search;
mod server;
mod sessions;
mod statistics;
mod study;
mod study_plans;
mod threats;
mod tokens;
mod users;
mod way;

macro_rules! on {
    ($name:ident $backing:ident $($module:ident { $($test:ident,)+ })+) => {
        mod $name {
            $(mod $module {
                $(#[test] fn $test() { super::super::$module::$test(super::super::server::Backing::$backing); })+
            })+
        }
    };
}

macro_rules! api {
    ($($tests:tt)+) => { on! { memory Memory $($tests)+ } on! { sqlite Sqlite $($tests)+ } on! { postgres Postgres $($tests)+ } };
}

api! {
    catalogue {
        documents_are_shown_by_id_with_all_that_they_name,
        nothing_published_tells_an_answer,
        what_is_published_may_be_kept_and_is_spared_when_it_is_known,
        an_answer_is_kept_once_however_its_address_is_written,
        what_is_not_there_is_not_found,
        filters_are_documented_ones,
        former_slugs_and_moved_ids_lead_on,
        a_retired_document_is_shown_and_not_listed,
        images_are_served_for_good_in_a_box_of_their_own,
    }
    search {
        what_is_found_says_where_it_stands_and_why,
        a_query_has_its_form,
        what_is_found_comes_in_pages_of_one_search,
        what_was_found_is_kept_until_the_next_release,
    }
    pages {
        pages_tile_a_list,
        a_page_links_to_the_next,
        a_limit_has_its_range,
        a_tampered_cursor_is_refused,
    }
    protocol {
        an_unknown_address_is_a_problem,
        a_wrong_method_is_told_the_right_ones,
        bodies_have_a_type,
        bodies_have_a_size,
        headers_and_addresses_have_a_size,
        a_body_that_does_not_come_is_not_waited_for,
        what_is_not_http_is_refused,
        a_trace_is_continued_and_every_request_has_an_id,
        strict_transport_is_said_only_behind_tls,
        the_documentation_needs_no_other_host_and_no_script_in_line,
        problems_lead_to_what_they_mean,
    }
    input {
        what_cannot_be_read_is_told_with_its_place,
        every_fault_of_what_can_be_read_is_told_at_once,
        who_may_not_call_learns_that_before_what_is_wrong_with_the_body,
        text_of_every_kind_comes_back_as_it_was,
        a_fault_tells_nothing_of_the_inside,
    }
    access {
        no_guarded_route_lets_anybody_in,
        a_token_without_the_scope_does_nothing,
        a_learner_does_not_reach_beyond,
        other_schemes_and_broken_tokens_are_refused,
        a_token_in_an_address_is_refused,
        a_cookie_needs_the_csrf_token_and_an_origin_of_this_server,
        nobodys_page_signs_a_visitor_in,
    }
    sessions {
        a_session_opens_and_ends,
        a_session_ends_by_itself,
        whatever_is_wrong_is_told_the_same,
        tries_are_limited_and_told,
        a_cookie_over_plain_http_is_an_explicit_setting,
        a_session_is_not_a_token,
        hashing_is_bounded,
    }
    tokens {
        a_token_is_made_shown_used_and_revoked,
        a_token_ends_by_itself,
        faults_of_a_new_token_are_told,
        no_token_breeds_tokens_and_others_are_not_found,
    }
    users {
        sign_up_is_closed_or_open,
        an_admin_makes_and_changes_users,
        a_change_reaches_a_remembered_credential_at_once,
        the_last_admin_stays,
        one_changes_ones_own_name_and_nothing_else,
        one_changes_ones_password,
        a_stolen_session_does_not_guess_the_password_from_many_addresses,
    }
    learning {
        a_course_is_followed_from_start_to_end,
        what_one_cannot_enrol_on_is_refused,
        an_enrolment_is_paused_resumed_and_given_up,
        anothers_enrolment_is_not_found_but_by_an_instructor,
        lessons_are_completed_in_their_way_and_order,
        what_is_personal_is_kept_by_nobody,
        progress_that_has_not_changed_is_given_again_to_whom_it_may_be_shown,
    }
    way {
        a_locked_lesson_tells_why_and_the_way,
        a_way_leads_through_other_courses,
        a_passed_challenge_skips_what_leads_to_it,
        an_instructor_waives_prerequisites,
        a_waiver_needs_a_scope_of_its_own,
        activity_is_told_week_by_week,
    }
    study {
        a_course_is_followed_on_pages,
        a_locked_lesson_says_why_and_can_be_challenged,
        an_instructor_opens_a_lesson_and_closes_it,
        an_enrolment_is_laid_aside_on_its_page,
        what_is_anothers_is_not_found,
        answers_that_no_form_sends_are_told_at_their_question,
        a_plan_is_made_looked_at_and_removed_on_its_page,
        searching_marks_words_and_corrects_them,
    }
    practice_pages {
        a_drill_is_answered_wrong_and_then_right,
        an_http_drill_says_how_it_is_run,
        work_is_handed_in_returned_and_accepted,
        an_author_sees_what_a_drill_would_make_of_earlier_attempts,
    }
    study_plans {
        a_plan_is_made_changed_and_removed,
        what_a_missed_week_moves_is_told_and_not_kept,
        faults_of_a_plan_are_told_at_once,
        anothers_plan_is_not_found_but_by_an_instructor,
        a_plan_goes_into_a_calendar,
    }
    quizzes {
        an_attempt_never_tells_the_answer_before_it_is_graded,
        one_attempt_at_a_time_and_each_ones_own,
        an_instructor_sees_attempts_as_their_learner_does,
        answers_have_a_form,
        attempts_end_and_pause,
        an_attempt_stays_with_its_revision,
    }
    practice {
        a_transcript_judges_an_attempt_and_moves_the_learner_on,
        a_transcript_is_of_its_attempt_and_its_drill,
        what_was_handed_in_is_forgotten_after_a_time,
        one_drill_attempt_at_a_time_which_a_key_starts_once,
        drill_attempts_end_and_pause,
        an_instructor_looks_at_drill_attempts_and_nobody_else_does,
        a_locked_drill_is_taken_as_a_challenge,
        sql_is_run_and_compared,
        steps_of_a_migration_are_run,
        without_a_sandbox_an_attempt_stays_open,
        a_replay_tells_whether_the_verdict_is_the_same,
        a_mended_drill_is_evaluated_again_and_nobody_loses_by_it,
    }
    capstones {
        work_is_handed_in_returned_and_accepted,
        nobody_reviews_their_own_work_and_no_learner_any,
        work_and_reviews_have_a_form,
        work_is_written_about,
        instructors_find_the_work_that_waits,
    }
    idempotency {
        a_repeated_request_gets_the_first_answer_byte_for_byte,
        a_key_belongs_to_one_request_of_one_caller_for_a_day,
        a_refusal_is_not_kept,
        five_twins_have_one_effect,
        twins_at_two_servers_have_one_effect,
        a_secret_is_not_replayed,
        a_key_stands_for_the_password_too,
        a_release_is_applied_once,
    }
    authoring {
        a_plan_shows_and_writes_nothing,
        a_release_is_seen_at_once_and_rolled_back,
        a_release_that_was_made_is_told_although_it_cannot_be_shown_yet,
        a_pack_comes_back_byte_for_byte,
        faults_of_a_pack_are_told_with_their_places,
        hostile_archives_are_refused,
        hostile_markdown_never_reaches_a_reader,
        an_id_of_another_pack_is_not_taken,
        nobody_sends_megabytes_who_may_not,
        only_so_many_archives_are_taken_in_at_a_time,
    }
    statistics {
        a_lesson_tells_which_question_fails,
        a_course_tells_where_learners_stop,
        a_release_tells_what_it_changed,
    }
    running {
        health_and_metrics_are_told_on_the_operators_port,
        the_operators_port_keeps_to_the_rules_of_the_api,
        a_hot_credential_is_looked_up_once,
        published_answers_outlive_the_database,
        what_is_not_kept_ready_is_kept_once_it_was_asked_for,
        a_release_of_another_process_is_noticed,
        a_full_queue_answers_in_time,
        work_that_takes_too_long_is_not_waited_for,
        who_goes_before_the_answer_is_counted,
        a_stop_finishes_what_is_in_flight,
        uses_of_tokens_are_written_to_the_hour,
        a_port_in_use_is_told,
        progress_survives_a_release,
    }
    html {
        every_kind_of_document_has_a_page,
        a_page_has_one_address,
        a_page_is_kept_for_those_who_are_not_signed_in_and_for_nobody_else,
        heads_tell_what_a_page_is,
        a_guide_has_contents_links_back_and_a_way_on,
        no_text_of_an_author_or_a_user_becomes_markup,
        a_track_shows_where_its_learner_stands,
        pages_outlive_the_database,
        lists_go_on_where_they_are_long,
        the_sitemap_lists_every_page_and_the_feed_every_release,
        no_link_of_the_shipped_curriculum_is_dead,
    }
    author {
        a_page_shows_what_a_release_changed,
        pages_show_which_question_fails_and_where_learners_stop,
    }
    forms {
        a_visitor_signs_in_where_they_came_from_and_out_again,
        nobody_is_led_to_another_host,
        a_wrong_password_keeps_the_form,
        tries_to_sign_in_are_limited_on_the_page_too,
        sign_up_makes_an_account_and_signs_in,
        every_fault_stands_beside_its_field,
        a_form_needs_the_token_of_its_session_and_an_origin_of_this_server,
        a_name_is_changed_once,
        a_password_is_changed,
        a_token_is_made_shown_once_and_revoked,
        pages_take_no_token_in_place_of_a_session,
    }
    html_errors {
        an_unknown_address_is_a_page_for_people_and_a_problem_for_programs,
        refusals_of_pages_are_pages,
        a_session_that_has_ended_leads_to_signing_in,
    }
    examples {
        examples_fit_their_schemas,
        examples_work,
    }
}
