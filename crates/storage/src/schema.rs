//! The tables, as both dialects have them after the last migration.

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        email_key -> Text,
        name -> Text,
        is_author -> Bool,
        is_instructor -> Bool,
        is_admin -> Bool,
        state -> Text,
        created_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    passwords (user_id) {
        user_id -> Text,
        hash -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        digest -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        user_id -> Text,
        name -> Text,
        scopes -> Text,
        digest -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        last_used -> Nullable<BigInt>,
    }
}

diesel::table! {
    throttles (id) {
        id -> Text,
        state -> BigInt,
    }
}

diesel::table! {
    documents (kind, id, revision) {
        kind -> Text,
        id -> Text,
        revision -> Text,
        metadata -> Text,
        html -> Text,
        quiz -> Nullable<Text>,
        drill -> Nullable<Text>,
    }
}

diesel::table! {
    answer_keys (kind, lesson_id, revision) {
        kind -> Text,
        lesson_id -> Text,
        revision -> Text,
        answers -> Text,
    }
}

diesel::table! {
    drill_keys (kind, lesson_id, revision) {
        kind -> Text,
        lesson_id -> Text,
        revision -> Text,
        key -> Text,
    }
}

diesel::table! {
    files (digest) {
        digest -> Text,
        bytes -> Binary,
    }
}

diesel::table! {
    releases (id) {
        id -> Text,
        pack_id -> Text,
        number -> BigInt,
        pack -> Text,
        digest -> Text,
        created_at -> BigInt,
        created_by -> Nullable<Text>,
        note -> Text,
        rolled_back_to -> Nullable<BigInt>,
        moves -> Text,
    }
}

diesel::table! {
    packs (id) {
        id -> Text,
        release_id -> Text,
    }
}

diesel::table! {
    release_entries (release_id, kind, document_id) {
        release_id -> Text,
        kind -> Text,
        document_id -> Text,
        revision -> Text,
        retired -> Bool,
        moved_to -> Nullable<Text>,
        former_slugs -> Text,
    }
}

diesel::table! {
    release_files (release_id, path) {
        release_id -> Text,
        path -> Text,
        digest -> Text,
    }
}

diesel::table! {
    release_links (release_id, from_kind, from_id, to_kind, to_id) {
        release_id -> Text,
        from_kind -> Text,
        from_id -> Text,
        to_kind -> Text,
        to_id -> Text,
    }
}

diesel::table! {
    enrolments (id) {
        id -> Text,
        user_id -> Text,
        pack_id -> Text,
        target_kind -> Text,
        target_id -> Text,
        release_number -> BigInt,
        state -> Text,
        enrolled_at -> BigInt,
        completed_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    learning_events (user_id, seq) {
        user_id -> Text,
        seq -> BigInt,
        at -> BigInt,
        event -> Text,
    }
}

diesel::table! {
    record_lessons (user_id, lesson_id) {
        user_id -> Text,
        lesson_id -> Text,
        completed_at -> Nullable<BigInt>,
        completed_revision -> Nullable<Text>,
        tried_revision -> Nullable<Text>,
        attempts -> BigInt,
        best -> Nullable<BigInt>,
        failed_at -> Nullable<BigInt>,
        skipped -> Bool,
        waiver -> Nullable<Text>,
    }
}

diesel::table! {
    record_skills (user_id, skill_id) {
        user_id -> Text,
        skill_id -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    record_courses (user_id, course_id) {
        user_id -> Text,
        course_id -> Text,
        at -> BigInt,
    }
}

// Without `counted`, which only statements that are written out ask for, as they do for the tables of what is counted.
diesel::table! {
    attempts (id) {
        id -> Text,
        user_id -> Text,
        enrolment_id -> Text,
        lesson_id -> Text,
        revision -> Text,
        pass_mark -> BigInt,
        started_at -> BigInt,
        state -> Text,
        graded_at -> Nullable<BigInt>,
        answers -> Nullable<Text>,
        grade -> Nullable<Text>,
        passed -> Nullable<Bool>,
        challenge -> Bool,
    }
}

diesel::table! {
    drill_attempts (id) {
        id -> Text,
        user_id -> Text,
        enrolment_id -> Text,
        lesson_id -> Text,
        revision -> Text,
        kind -> Text,
        challenge -> Bool,
        nonce -> Text,
        seed -> Text,
        started_at -> BigInt,
        expires_at -> BigInt,
        state -> Text,
        judged_at -> Nullable<BigInt>,
        judged_revision -> Nullable<Text>,
        handed_in -> Nullable<Text>,
        verdict -> Nullable<Text>,
        provenance -> Nullable<Text>,
    }
}

diesel::table! {
    capstone_submissions (id) {
        id -> Text,
        user_id -> Text,
        enrolment_id -> Text,
        lesson_id -> Text,
        state -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    capstone_versions (submission_id, number) {
        submission_id -> Text,
        number -> BigInt,
        revision -> Text,
        work -> Text,
        at -> BigInt,
        review -> Nullable<Text>,
    }
}

diesel::table! {
    capstone_comments (submission_id, number) {
        submission_id -> Text,
        number -> BigInt,
        author_id -> Text,
        at -> BigInt,
        text -> Text,
    }
}

diesel::table! {
    study_plans (enrolment_id) {
        enrolment_id -> Text,
        minutes_a_week -> BigInt,
        start_day -> Text,
        changed_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    study_plan_missed (enrolment_id, week) {
        enrolment_id -> Text,
        week -> Text,
    }
}

diesel::table! {
    idempotent_answers (user_id, id) {
        user_id -> Text,
        id -> Text,
        fingerprint -> Text,
        status -> BigInt,
        headers -> Text,
        body -> Text,
        at -> BigInt,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(api_tokens -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(users, sessions, api_tokens);
diesel::allow_tables_to_appear_in_same_query!(documents, answer_keys, drill_keys, release_entries);

diesel::table! {
    search_documents (number) {
        number -> BigInt,
        kind -> Text,
        document_id -> Text,
        pack_id -> Text,
        stamp -> Text,
    }
}
