//! The reader of `wire.txt`; the format is in `data/PROVENANCE.md`.

use std::collections::HashMap;

use super::{
    ErrorShape, Kind, Member, Operation, Pattern, Place, Protocol, Range, Service, Shape, ShapeId,
    Wire,
};

/// Reads the table. `None` when a line is not as it should be or a shape is missing.
pub(super) fn read(text: &'static str) -> Option<Wire> {
    let mut wire = Wire::default();
    let mut section: Vec<&'static str> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with('@') {
            add(&mut wire, &section)?;
            section.clear();
        }
        section.push(line);
    }
    add(&mut wire, &section)?;
    Some(wire)
}

fn add(wire: &mut Wire, lines: &[&'static str]) -> Option<()> {
    let Some((head, lines)) = lines.split_first() else {
        return Some(());
    };
    let mut fields = head.strip_prefix('@')?.split('\t');
    let mut service = Service {
        id: fields.next()?,
        protocol: protocol(fields.next()?)?,
        target_prefix: optional(fields.next()?),
        signing_name: fields.next()?,
        version: fields.next()?,
        namespace: optional(fields.next()?),
        operations: Vec::new(),
        errors: Vec::new(),
    };
    let mut names = HashMap::new();
    let mut position = wire.shapes.len();
    for line in lines {
        let (sign, rest) = split(line)?;
        if !matches!(sign, '>' | '!') {
            let name = rest.split('\t').next()?.trim_end_matches('!');
            let id = ShapeId(u32::try_from(position).ok()?);
            names.insert(name, id);
            wire.names.push((service.id, name, id));
            position += 1;
        }
    }
    for line in lines {
        let (sign, rest) = split(line)?;
        let mut fields = rest.split('\t');
        match sign {
            '>' => service
                .operations
                .push(operation(service.id, fields, &names)?),
            '!' => service.errors.push(error(fields)?),
            _ => {
                let name = fields.next()?;
                wire.shapes.push(Shape {
                    name: name.trim_end_matches('!'),
                    sensitive: name.ends_with('!'),
                    kind: kind(sign, fields, &names)?,
                });
            }
        }
    }
    wire.services.push(service);
    Some(())
}

type Names = HashMap<&'static str, ShapeId>;
type Fields = std::str::Split<'static, char>;

fn operation(service_id: &'static str, mut fields: Fields, names: &Names) -> Option<Operation> {
    let name = fields.next()?;
    let method = fields.next()?;
    let path = fields.next()?;
    let mut side = || -> Option<Option<ShapeId>> {
        match optional(fields.next()?) {
            Some(shape) => Some(Some(*names.get(shape)?)),
            None => Some(None),
        }
    };
    let input = side()?;
    let output = side()?;
    let wrapper = optional(fields.next()?);
    let errors = fields.next().unwrap_or_default();
    Some(Operation {
        service_id,
        name,
        method,
        path,
        input,
        output,
        wrapper,
        errors: errors.split(' ').filter(|name| !name.is_empty()).collect(),
    })
}

fn error(mut fields: Fields) -> Option<ErrorShape> {
    let name = fields.next()?;
    let mut next = || fields.next().filter(|field| !field.is_empty());
    let code = next();
    let status = match next() {
        Some(status) => Some(status.parse().ok()?),
        None => None,
    };
    Some(ErrorShape {
        name,
        code: code.unwrap_or(name),
        status,
        fault: next() == Some("f"),
        message: next(),
    })
}

fn kind(sign: char, mut fields: Fields, names: &Names) -> Option<Kind> {
    Some(match sign {
        '$' | '|' => {
            let text = fields.next().unwrap_or_default();
            let members = text.split(' ').filter(|member| !member.is_empty());
            Kind::Structure {
                members: members
                    .map(|text| member(text, names))
                    .collect::<Option<_>>()?,
                union: sign == '|',
            }
        }
        '[' => Kind::List {
            element: *names.get(fields.next()?)?,
            length: range(&mut fields)?,
        },
        '{' => Kind::Map {
            key: *names.get(fields.next()?)?,
            value: *names.get(fields.next()?)?,
            length: range(&mut fields)?,
        },
        's' => Kind::String {
            length: range(&mut fields)?,
            pattern: fields.next().map(Pattern::new),
        },
        '%' => Kind::Enum {
            values: fields.next()?.split('|').collect(),
        },
        'x' => Kind::Blob {
            length: range(&mut fields)?,
        },
        'i' => Kind::Integer {
            range: range(&mut fields)?,
        },
        'l' => Kind::Long {
            range: range(&mut fields)?,
        },
        'f' | 'd' => Kind::Float {
            range: range(&mut fields)?,
            double: sign == 'd',
        },
        'b' => Kind::Boolean,
        't' => Kind::Timestamp,
        _ => return None,
    })
}

fn member(text: &'static str, names: &Names) -> Option<Member> {
    let (name, rest) = text.split_once(':')?;
    let (shape, place) = match rest.split_once(['/', '?']) {
        None => (rest, Place::Body),
        Some((shape, wire_name)) if rest.contains('/') => (shape, Place::Path(wire_name)),
        Some((shape, wire_name)) => (shape, Place::Query(wire_name)),
    };
    Some(Member {
        name: name.trim_end_matches('*'),
        required: name.ends_with('*'),
        shape: *names.get(shape)?,
        place,
    })
}

/// Two fields; left out at the end of a line they are none.
fn range(fields: &mut Fields) -> Option<Range> {
    let mut bound = || match fields.next().filter(|field| !field.is_empty()) {
        Some(field) => field.parse().ok().map(Some),
        None => Some(None),
    };
    Some(Range {
        min: bound()?,
        max: bound()?,
    })
}

fn protocol(name: &str) -> Option<Protocol> {
    [Protocol::Json11, Protocol::RestJson, Protocol::Query]
        .into_iter()
        .find(|protocol| protocol.as_str() == name)
}

fn optional(field: &'static str) -> Option<&'static str> {
    (field != "-").then_some(field)
}

/// The sign that opens a line, and the rest.
fn split(line: &'static str) -> Option<(char, &'static str)> {
    let mut characters = line.chars();
    let sign = characters.next()?;
    Some((sign, characters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_odd_is_noticed() {
        let head = "@s\tawsJson1.1\tS\ts\t1\t-\n";
        let read = |lines: &str| read(Box::leak(format!("{head}{lines}").into_boxed_str()));
        assert!(read("").is_some());
        assert!(read("sText\t1\t2\t.+\n").is_some());
        assert!(read("[List\tText\n").is_none());
        assert!(read("?Text\n").is_none());
        assert!(read("sText\tx\n").is_none());
        assert!(read(">Op\tPOST\t/\tMissing\t-\t-\n").is_none());
        assert!(read("$S\tA*:Missing\n").is_none());
    }

    #[test]
    fn places_of_members() {
        let names = Names::from([("Text", ShapeId(0))]);
        let member = |text| member(text, &names).map(|member| (member.required, member.place));
        assert_eq!(member("A:Text"), Some((false, Place::Body)));
        assert_eq!(member("A*:Text/B"), Some((true, Place::Path("B"))));
        assert_eq!(member("A:Text?C"), Some((false, Place::Query("C"))));
    }
}
