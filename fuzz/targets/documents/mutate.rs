//! Changes a document as a tree, half of the time: bytes alone seldom get past its syntax.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Value, json};

/// Changes the `size` bytes of a document in place, and gives their new number.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed));
    let document = serde_json::from_slice::<Value>(&data[..size]);
    let (Ok(mut document), true) = (document, dice.roll(2) == 0) else {
        return fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..=dice.roll(3) {
        change(&mut document, &mut dice);
    }
    let bytes = document.to_string().into_bytes();
    match data.get_mut(..bytes.len()) {
        Some(room) if bytes.len() <= max_size => room.copy_from_slice(&bytes),
        _ => return fuzzer_mutate(data, size, max_size),
    }
    bytes.len()
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}

/// Changes something somewhere in `document`.
fn change(document: &mut Value, dice: &mut Dice) {
    let elsewhere = {
        let mut places = Vec::new();
        collect(document, &mut places);
        places[dice.roll(places.len())].clone()
    };
    let mut place = document;
    loop {
        let inside = match place {
            Value::Array(items) => items.len(),
            Value::Object(fields) => fields.len(),
            _ => 0,
        };
        if inside == 0 || dice.roll(4) == 0 {
            break;
        }
        let index = dice.roll(inside);
        place = match place {
            Value::Array(items) => &mut items[index],
            Value::Object(fields) => fields.values_mut().nth(index).expect("counted"),
            _ => unreachable!("nothing inside"),
        };
    }
    match (place, dice.roll(3)) {
        (Value::Array(items), 0) => items.push(elsewhere),
        (Value::Array(items), 1) if !items.is_empty() => {
            items.remove(dice.roll(items.len()));
        }
        (Value::Array(items), 2) if !items.is_empty() => {
            let again = items[dice.roll(items.len())].clone();
            items.push(again);
        }
        (Value::Object(fields), 0) if !fields.is_empty() => {
            let name = fields.keys().nth(dice.roll(fields.len())).expect("counted").clone();
            fields.remove(&name);
        }
        (Value::Number(number), 0 | 1) if number.is_i64() => {
            let near = number.as_i64().unwrap_or(0);
            let by = [1, -1, 60_000, -3_600_000, 86_400_000][dice.roll(5)];
            *number = near.saturating_add(by).into();
        }
        (place, 2) => *place = nasty(dice),
        (place, _) => *place = elsewhere,
    }
}

fn collect<'v>(value: &'v Value, places: &mut Vec<&'v Value>) {
    places.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, places)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, places)),
        _ => {}
    }
}

fn nasty(dice: &mut Dice) -> Value {
    let values = json!([
        null, true, [], {}, "", "\u{1F600}", 0, 1, -1, 7.5, 1e300,
        1_000_000_000, i64::MAX, i64::MIN, u64::MAX,
        1_262_304_000_000_i64, 7_258_118_399_999_i64, 7_258_118_400_000_i64,
        "00:00", "24:00", "23:59:59", "1ms", "366d", "month", "goal", "02-29",
        "2199-12-31", "1970-01-01T00:00", "2199-12-31T24:00", "1970-01-01T00:00:00Z",
        { "start": 7_258_118_400_000_i64, "count": 1_000_000_000, "every": 0 },
        { "start": 1_262_304_000_000_i64, "count": 1_000_000_000, "every": 5_995 },
    ]);
    values[dice.roll(values.as_array().map_or(1, Vec::len))].clone()
}
