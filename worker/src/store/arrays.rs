//! JSON arrays as parameters, however much there is to write.

/// The longest array, in bytes: D1 takes 2 MB in a parameter.
const ARRAY_BYTES: usize = 1_500_000;

/// These JSON documents in order, in as many arrays as it takes; none where there are none.
#[must_use]
pub fn arrays<'d>(documents: impl Iterator<Item = &'d String>) -> Vec<String> {
    let mut arrays: Vec<String> = Vec::new();
    for document in documents {
        match arrays.last_mut() {
            Some(array) if array.len() + document.len() + 2 <= ARRAY_BYTES => {
                array.push(',');
                array.push_str(document);
            }
            _ => arrays.push(format!("[{document}")),
        }
    }
    for array in &mut arrays {
        array.push(']');
    }
    arrays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_array_is_longer_than_a_parameter_takes_and_nothing_is_lost() {
        let documents: Vec<String> = (0..300_000).map(|k| format!("[{k},\"x\"]")).collect();
        let arrays = arrays(documents.iter());
        assert_eq!(arrays.len(), 3);
        assert!(arrays.iter().all(|array| array.len() <= ARRAY_BYTES));
        let all = arrays
            .iter()
            .flat_map(|array| serde_json::from_str::<Vec<serde_json::Value>>(array).unwrap());
        assert!(all.map(|document| document.to_string()).eq(documents));
    }

    #[test]
    fn nothing_makes_no_array() {
        assert!(arrays(std::iter::empty()).is_empty());
        assert_eq!(arrays([&"1".to_owned(), &"2".to_owned()].into_iter()), ["[1,2]"]);
    }
}
