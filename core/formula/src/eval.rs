//! What a formula gives for facts.

use crate::number::Fraction;
use crate::parse::{Formula, Node, Op};
use crate::words::name_of;
use std::cmp::Ordering;
use std::fmt;

/// A count of one, in millionths.
const ONE: i128 = 1_000_000;

/// What is known about a department in a period.
pub trait Facts {
    /// A measure by its code: its value in millionths, and over how many things it was measured.
    fn measure(&self, code: &str) -> Option<(i64, Option<u64>)>;
    /// How many findings of a rule stand.
    fn found(&self, rule: &str) -> u64;
    /// How many cards of a level count: 1 pre-warning, 2 yellow, 3 red.
    fn cards(&self, level: u8) -> u64;
    /// What people entered for the indicator, hundredths; nothing when nobody did.
    fn manual(&self) -> Option<i64>;
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The county has no such fact.
    Measure(&'static str),
    /// Nobody entered points.
    Manual,
    /// Division by zero.
    Zero,
    /// The number does not fit.
    Size,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(code) => write!(f, "本县尚无“{}”的数据", name_of(code).unwrap_or(code)),
            Self::Manual => f.write_str("没有经批准的人工录入"),
            Self::Zero => f.write_str("除数为 0"),
            Self::Size => f.write_str("计算中的数过大"),
        }
    }
}

fn count(n: u64) -> Fraction {
    Fraction::new(i128::from(n), 1).unwrap_or(Fraction::ZERO)
}

fn fits(value: Option<Fraction>) -> Result<Fraction, Missing> {
    value.ok_or(Missing::Size)
}

fn value_of(code: &'static str, facts: &dyn Facts) -> Result<Fraction, Missing> {
    let (value, _) = facts.measure(code).ok_or(Missing::Measure(code))?;
    fits(Fraction::new(i128::from(value), ONE))
}

fn denominator_of(code: &'static str, facts: &dyn Facts) -> Result<Fraction, Missing> {
    let denominator = facts.measure(code).and_then(|(_, of)| of).ok_or(Missing::Measure(code))?;
    Ok(count(denominator))
}

fn divided(a: Fraction, b: Fraction) -> Result<Fraction, Missing> {
    if b.is_zero() { Err(Missing::Zero) } else { fits(a.over(b)) }
}

fn extreme(list: &[Node], facts: &dyn Facts, wanted: Ordering) -> Result<Fraction, Missing> {
    let mut best: Option<Fraction> = None;
    for node in list {
        let one = number(node, facts)?;
        best = match best {
            Some(b) if one.against(b).ok_or(Missing::Size)? != wanted => Some(b),
            _ => Some(one),
        };
    }
    fits(best)
}

fn number(node: &Node, facts: &dyn Facts) -> Result<Fraction, Missing> {
    match node {
        Node::Number(n) => Ok(*n),
        Node::Measure(code) => value_of(code, facts),
        Node::Denominator(code) => denominator_of(code, facts),
        Node::Share(code) => divided(value_of(code, facts)?, denominator_of(code, facts)?),
        Node::Found(rule) => Ok(count(facts.found(rule))),
        Node::Cards(level) => Ok(count(facts.cards(*level))),
        Node::Manual => fits(Fraction::new(i128::from(facts.manual().ok_or(Missing::Manual)?), 100)),
        Node::Negative(inner) => fits(number(inner, facts)?.negative()),
        Node::Two(op, a, b) => {
            let (a, b) = (number(a, facts)?, number(b, facts)?);
            match op {
                Op::Plus => fits(a.plus(b)),
                Op::Minus => fits(b.negative().and_then(|b| a.plus(b))),
                Op::Times => fits(a.times(b)),
                _ => divided(a, b),
            }
        }
        Node::If(condition, yes, no) => number(if truth(condition, facts)? { yes } else { no }, facts),
        Node::Least(list) => extreme(list, facts, Ordering::Less),
        Node::Most(list) => extreme(list, facts, Ordering::Greater),
        Node::Otherwise(value, other) => number(value, facts).or_else(|_| number(other, facts)),
        // The parser lets no truth stand where a number belongs.
        Node::Not(_) => Ok(Fraction::ZERO),
    }
}

fn truth(node: &Node, facts: &dyn Facts) -> Result<bool, Missing> {
    match node {
        Node::Not(inner) => Ok(!truth(inner, facts)?),
        Node::Two(Op::And, a, b) => Ok(truth(a, facts)? && truth(b, facts)?),
        Node::Two(Op::Or, a, b) => Ok(truth(a, facts)? || truth(b, facts)?),
        Node::If(condition, yes, no) => truth(if truth(condition, facts)? { yes } else { no }, facts),
        Node::Two(op, a, b) => {
            let found = number(a, facts)?.against(number(b, facts)?).ok_or(Missing::Size)?;
            Ok(match op {
                Op::Less => found == Ordering::Less,
                Op::AtMost => found != Ordering::Greater,
                Op::More => found == Ordering::Greater,
                Op::AtLeast => found != Ordering::Less,
                Op::Unequal => found != Ordering::Equal,
                _ => found == Ordering::Equal,
            })
        }
        _ => Ok(false),
    }
}

fn walk<'a>(node: &'a Node, each: &mut dyn FnMut(&'a Node)) {
    each(node);
    match node {
        Node::Negative(a) | Node::Not(a) => walk(a, each),
        Node::Two(_, a, b) | Node::Otherwise(a, b) => {
            walk(a, each);
            walk(b, each);
        }
        Node::If(a, b, c) => [a, b, c].into_iter().for_each(|n| walk(n, each)),
        Node::Least(list) | Node::Most(list) => list.iter().for_each(|n| walk(n, each)),
        _ => {}
    }
}

impl Formula {
    /// The value for facts.
    ///
    /// # Errors
    /// Why there is none.
    pub fn value(&self, facts: &dyn Facts) -> Result<Fraction, Missing> {
        number(&self.root, facts)
    }

    /// The measures it names, by code, each once, in order.
    #[must_use]
    pub fn measures(&self) -> Vec<&'static str> {
        self.named(|node| match node {
            Node::Measure(code) | Node::Share(code) | Node::Denominator(code) => Some(code),
            _ => None,
        })
    }

    /// Those whose denominators it divides by: the ones the small-number rule is about.
    #[must_use]
    pub fn shares(&self) -> Vec<&'static str> {
        self.named(|node| match node {
            Node::Share(code) | Node::Denominator(code) => Some(code),
            _ => None,
        })
    }

    fn named(&self, pick: impl Fn(&Node) -> Option<&'static str>) -> Vec<&'static str> {
        let mut list = Vec::new();
        walk(&self.root, &mut |node| list.extend(pick(node).filter(|code| !list.contains(code))));
        list
    }
}
