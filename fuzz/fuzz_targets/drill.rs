//! Any JSON as a drill: it is taken or refused with its faults, and what is taken reads back the same from its own JSON.
#![no_main]

use cairn_drill::{Drill, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Ok(mut value) = serde_json::from_slice::<Value>(data) else { return };
    if let Some(fields) = value.as_object_mut() {
        fields.entry("drill").or_insert_with(|| "http/v1".into());
    }
    match parse(value) {
        Err(faults) => assert!(!faults.is_empty()),
        Ok(authored) => {
            let json = serde_json::to_value(&authored.drill).unwrap();
            assert_eq!(serde_json::from_value::<Drill>(json).unwrap(), authored.drill);
            if let Drill::Http(drill) = &authored.drill {
                assert_eq!(drill.vars(1), drill.vars(1));
            }
        }
    }
});
