//! What keeps requests safe to repeat: answers stored under an idempotency key, in the work's own transaction.

mod idempotency;

pub use idempotency::{
    IdempotencyKey, IdempotencyReader, IdempotencyWriter, KEPT_FOR, Outcome, Rendered, StoredAnswer, Work, once,
};
