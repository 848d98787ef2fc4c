//! Texts that repeat, held once.

use std::sync::Arc;

use hashbrown::HashMap;

/// Shares equal texts. Bounded: attackers choose user agents. One per thread.
#[derive(Debug)]
pub struct SharedTexts {
    most: usize,
    texts: HashMap<Box<str>, Arc<str>>,
}

impl SharedTexts {
    /// Remembers up to `most` distinct texts before it starts anew.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            texts: HashMap::new(),
        }
    }

    /// The shared form of a text.
    pub fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return Arc::clone(shared);
        }
        if self.texts.len() >= self.most {
            self.texts.clear();
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(text.into(), Arc::clone(&shared));
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_and_the_bound_loses_only_sharing() {
        let mut texts = SharedTexts::new(2);
        let first = texts.share("a");
        assert!(Arc::ptr_eq(&first, &texts.share("a")));
        texts.share("b");
        texts.share("c");
        assert_eq!(&*texts.share("a"), "a");
    }
}
