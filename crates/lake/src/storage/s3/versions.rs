//! Versions that a bucket keeps of objects which were removed or written again.

use http::Method;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::call::{VALUE, send};
use super::clients::Clients;
use crate::table::FileVersion;

/// Versions that are listed of a table.
const MOST_VERSIONS: usize = 1_000_000;

/// All versions below a prefix that are not the newest of their object. Markers of deletions are none:
/// they hold nothing.
pub(super) async fn earlier(
    clients: &Clients,
    bucket: &str,
    prefix: &str,
) -> Result<Vec<FileVersion>, String> {
    let mut found = Vec::new();
    let mut after: Option<(String, String)> = None;
    loop {
        let mut query = format!(
            "versions=&encoding-type=url&prefix={}",
            utf8_percent_encode(prefix, VALUE)
        );
        if let Some((key, version)) = &after {
            query.push_str(&format!(
                "&key-marker={}&version-id-marker={}",
                utf8_percent_encode(key, VALUE),
                utf8_percent_encode(version, VALUE)
            ));
        }
        let address = format!("{}/{bucket}?{query}", clients.endpoint);
        let body = send(clients, &Method::GET, &address).await?;
        let page = Page::parse(&body)?;
        for version in page.versions {
            if version.is_latest {
                continue;
            }
            found.push(FileVersion {
                path: format!("{bucket}/{}", version.key),
                version: version.id,
                bytes: version.size,
            });
        }
        if found.len() > MOST_VERSIONS {
            return Err("there are too many versions".to_owned());
        }
        if page.next == after || page.next.is_none() {
            // A list that does not go on although it says that there is more is not believed.
            return match page.next {
                None => Ok(found),
                Some(_) => Err("the list of versions does not end".to_owned()),
            };
        }
        after = page.next;
    }
}

/// An answer of ListObjectVersions.
#[derive(Debug, Default, PartialEq, Eq)]
struct Page {
    versions: Vec<Version>,
    next: Option<(String, String)>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Version {
    key: String,
    id: String,
    is_latest: bool,
    size: u64,
}

impl Page {
    /// Whatever is not understood is an error: a version that is not seen would be taken as removed.
    fn parse(body: &[u8]) -> Result<Self, String> {
        let odd = || "the list of versions does not read".to_owned();
        let mut reader = Reader::from_reader(body);
        let mut open: Vec<String> = Vec::new();
        let mut page = Self::default();
        let mut version = Version::default();
        let (mut key_marker, mut id_marker) = (String::new(), String::new());
        let mut latest = String::new();
        let mut size = String::new();
        let (mut truncated, mut is_encoded) = (String::new(), String::new());
        let mut is_whole = false;
        loop {
            match reader.read_event().map_err(|_| odd())? {
                Event::Start(start) => {
                    open.push(start.local_name().as_ref().to_owned());
                    if open.len() == 2 {
                        version = Version::default();
                        latest.clear();
                        size.clear();
                    }
                }
                Event::Text(text) => {
                    add(&open, &text, |path| match path {
                        ["Version", "Key"] => Some(&mut version.key),
                        ["Version", "VersionId"] => Some(&mut version.id),
                        ["Version", "IsLatest"] => Some(&mut latest),
                        ["Version", "Size"] => Some(&mut size),
                        ["NextKeyMarker"] => Some(&mut key_marker),
                        ["NextVersionIdMarker"] => Some(&mut id_marker),
                        ["IsTruncated"] => Some(&mut truncated),
                        ["EncodingType"] => Some(&mut is_encoded),
                        _ => None,
                    });
                }
                // The keys of our files need none, and of others' nothing follows.
                Event::GeneralRef(_) => {
                    if open.get(1).is_some_and(|it| it == "Version")
                        && open.get(2).is_some_and(|it| it == "VersionId")
                    {
                        return Err(odd());
                    }
                    add(&open, "\u{fffd}", |path| match path {
                        ["Version", "Key"] => Some(&mut version.key),
                        _ => None,
                    });
                }
                Event::End(_) => {
                    let closed = open.pop().ok_or_else(odd)?;
                    if open.len() == 1 && closed == "Version" {
                        version.is_latest = match latest.trim() {
                            "true" => true,
                            "false" => false,
                            _ => return Err(odd()),
                        };
                        version.size = size.trim().parse().map_err(|_| odd())?;
                        if version.key.is_empty() || version.id.is_empty() {
                            return Err(odd());
                        }
                        page.versions.push(std::mem::take(&mut version));
                    }
                    if open.is_empty() {
                        is_whole = closed == "ListVersionsResult";
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if !is_whole || !open.is_empty() {
            return Err(odd());
        }
        let decode = |text: &str| -> Result<String, String> {
            if is_encoded != "url" {
                return Ok(text.to_owned());
            }
            // "+" stands for a space in answers of S3.
            let spaced = text.replace('+', " ");
            let decoded = percent_decode_str(&spaced).decode_utf8();
            decoded.map(|it| it.into_owned()).map_err(|_| odd())
        };
        for version in &mut page.versions {
            version.key = decode(&version.key)?;
        }
        match truncated.trim() {
            "true" if key_marker.is_empty() => return Err(odd()),
            "true" => page.next = Some((decode(&key_marker)?, id_marker)),
            "false" => {}
            _ => return Err(odd()),
        }
        Ok(page)
    }
}

/// Adds text to what an element below the root stands for.
fn add<'a>(open: &[String], text: &str, place: impl FnOnce(&[&str]) -> Option<&'a mut String>) {
    let path: Vec<&str> = open.iter().skip(1).map(String::as_str).collect();
    if let Some(place) = place(&path) {
        place.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::answer::told;
    use super::*;

    const PAGE: &str = "<?xml version=\"1.0\"?><ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
        <Name>b</Name><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
        <NextKeyMarker>a%3Db/c+d</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>\
        <Version><Key>a%3Db/c</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><Size>7</Size>\
        <Owner><ID>x</ID></Owner></Version>\
        <DeleteMarker><Key>a%3Db/c</Key><VersionId>v0</VersionId><IsLatest>true</IsLatest></DeleteMarker>\
        </ListVersionsResult>";

    #[test]
    fn a_page_of_versions() {
        let page = Page::parse(PAGE.as_bytes()).unwrap();
        let version = Version {
            key: "a=b/c".into(),
            id: "v1".into(),
            is_latest: false,
            size: 7,
        };
        assert_eq!(page.versions, [version]);
        assert_eq!(page.next, Some(("a=b/c d".into(), "v2".into())));
    }

    proptest! {
        /// Whatever comes, a page is whole or an error, and nothing panics.
        #[test]
        fn odd_pages_are_errors_or_pages(
            noise in prop::collection::vec(any::<u8>(), 0..64),
            from in 0..=PAGE.len(),
            length in 0..64_usize,
        ) {
            let mut page = PAGE.as_bytes().to_vec();
            page.splice(from..(from + length).min(PAGE.len()), noise);
            if let Ok(page) = Page::parse(&page) {
                prop_assert!(page.versions.iter().all(|it| !it.key.is_empty() && !it.id.is_empty()));
            }
            told(&page);
        }
    }

    #[test]
    fn a_page_that_says_less_is_refused() {
        for (from, to) in [
            ("</ListVersionsResult>", ""),
            ("<IsTruncated>true</IsTruncated>", ""),
            ("<IsLatest>false</IsLatest>", ""),
            ("<VersionId>v1</VersionId>", ""),
            ("<Key>a%3Db/c</Key><VersionId>v1", "<VersionId>v1"),
            ("<Size>7", "<Size>-7"),
            ("a%3Db/c+d", ""),
            ("ListVersionsResult", "ListBucketResult"),
        ] {
            let page = PAGE.replace(from, to);
            assert_ne!(page, PAGE);
            assert!(Page::parse(page.as_bytes()).is_err(), "{from}");
        }
        assert!(Page::parse(b"").is_err());
    }
}
