//! From the text to a formula whose types fit. Every mistake has a place: the character, counted from 1.

use crate::number::Fraction;
use crate::words::{MEASURES, code_of};
use std::fmt;

/// The longest formula, characters.
const LONGEST: usize = 2000;
/// How deep one thing may stand in another.
const DEEPEST: usize = 64;

/// What is wrong with a formula, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The character, from 1.
    pub at: usize,
    /// What was expected there, or is wrong.
    pub message: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "第 {} 个字符：{}", self.at, self.message)
    }
}

/// What an expression gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Truth,
}

impl Kind {
    fn name_zh(self) -> &'static str {
        match self {
            Self::Number => "数",
            Self::Truth => "真假（比较）",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Plus,
    Minus,
    Times,
    Over,
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
    Unequal,
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Number(Fraction),
    Measure(&'static str),
    Share(&'static str),
    Denominator(&'static str),
    Found(String),
    Cards(u8),
    Manual,
    Negative(Box<Node>),
    Not(Box<Node>),
    Two(Op, Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Least(Vec<Node>),
    Most(Vec<Node>),
    Otherwise(Box<Node>, Box<Node>),
}

/// A formula that can be computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    pub(crate) root: Node,
    text: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(Fraction),
    Word(String),
    Text(String),
    Op(Op),
    Open,
    Close,
    Comma,
}

fn wrong<T>(at: usize, message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { at: at + 1, message: message.into() })
}

fn letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn number(chars: &[char], from: usize) -> Result<(Fraction, usize), Wrong> {
    let mut to = from;
    let (mut above, mut below, mut point) = (0i128, 1i128, false);
    while let Some(&c) = chars.get(to) {
        match c.to_digit(10) {
            Some(digit) => {
                if to - from > 18 {
                    return wrong(from, "数太长，最多 18 位");
                }
                above = above * 10 + i128::from(digit);
                below *= if point { 10 } else { 1 };
            }
            None if c == '.' && !point && chars.get(to + 1).is_some_and(char::is_ascii_digit) => point = true,
            None => break,
        }
        to += 1;
    }
    if matches!(chars.get(to), Some('%' | '％')) {
        (below, to) = (below * 100, to + 1);
    }
    match Fraction::new(above, below) {
        Some(fraction) => Ok((fraction, to)),
        None => wrong(from, "数太长"),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Wrong> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST {
        return wrong(LONGEST, format!("公式太长，最多 {LONGEST} 个字符"));
    }
    let mut list = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        let (token, to) = match c {
            _ if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '0'..='9' => {
                let (n, to) = number(&chars, at)?;
                (Token::Number(n), to)
            }
            '+' | '＋' => (Token::Op(Op::Plus), at + 1),
            '-' | '－' | '−' => (Token::Op(Op::Minus), at + 1),
            '*' | '×' | '＊' => (Token::Op(Op::Times), at + 1),
            '/' | '÷' | '／' => (Token::Op(Op::Over), at + 1),
            '<' | '＜' if matches!(next, Some('=' | '＝')) => (Token::Op(Op::AtMost), at + 2),
            '>' | '＞' if matches!(next, Some('=' | '＝')) => (Token::Op(Op::AtLeast), at + 2),
            '<' | '＜' => (Token::Op(Op::Less), at + 1),
            '>' | '＞' => (Token::Op(Op::More), at + 1),
            '≤' => (Token::Op(Op::AtMost), at + 1),
            '≥' => (Token::Op(Op::AtLeast), at + 1),
            '=' | '＝' => (Token::Op(Op::Equal), at + 1),
            '!' if next == Some('=') => (Token::Op(Op::Unequal), at + 2),
            '≠' => (Token::Op(Op::Unequal), at + 1),
            '(' | '（' => (Token::Open, at + 1),
            ')' | '）' => (Token::Close, at + 1),
            ',' | '，' => (Token::Comma, at + 1),
            '"' | '“' => {
                let rest = chars.get(at + 1..).unwrap_or_default();
                let Some(n) = rest.iter().position(|c| matches!(c, '"' | '”')) else {
                    return wrong(at, "引号没有结束");
                };
                (Token::Text(rest.iter().take(n).collect()), at + n + 2)
            }
            _ if letter(c) => {
                let n = chars.iter().skip(at).take_while(|c| letter(**c)).count();
                let word: String = chars.iter().skip(at).take(n).collect();
                let token = match word.as_str() {
                    "且" | "and" => Token::Op(Op::And),
                    "或" | "or" => Token::Op(Op::Or),
                    _ => Token::Word(word),
                };
                (token, at + n)
            }
            _ => return wrong(at, format!("不认识的字符“{c}”")),
        };
        list.push((at, token));
        at = to;
    }
    Ok(list)
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
    depth: usize,
}

type Parsed = Result<(Node, Kind), Wrong>;

impl Parser {
    fn at(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(at, _)| *at)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.peek() == Some(token);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token, what: &str) -> Result<(), Wrong> {
        if self.take(token) { Ok(()) } else { wrong(self.at(), format!("这里应为{what}")) }
    }

    fn op(&mut self, of: &[Op]) -> Option<Op> {
        match self.peek() {
            Some(Token::Op(op)) if of.contains(op) => {
                let op = *op;
                self.next += 1;
                Some(op)
            }
            _ => None,
        }
    }

    /// An expression that must be of a kind.
    fn of(&mut self, kind: Kind, inner: fn(&mut Self) -> Parsed) -> Result<Node, Wrong> {
        let at = self.at();
        let (node, found) = inner(self)?;
        if found == kind {
            return Ok(node);
        }
        wrong(at, format!("这里应为{}，却是{}", kind.name_zh(), found.name_zh()))
    }

    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return wrong(self.at(), format!("括号太深，最多 {DEEPEST} 层"));
        }
        let made = self.chain(&[Op::Or], Kind::Truth, Kind::Truth, |p| {
            p.chain(&[Op::And], Kind::Truth, Kind::Truth, Self::negation)
        });
        self.depth -= 1;
        made
    }

    /// `a op b op c`, from the left.
    fn chain(&mut self, ops: &[Op], of: Kind, gives: Kind, inner: fn(&mut Self) -> Parsed) -> Parsed {
        let at = self.at();
        let (mut node, mut kind) = inner(self)?;
        while let Some(op) = self.op(ops) {
            if kind != of {
                return wrong(at, format!("这里应为{}，却是{}", of.name_zh(), kind.name_zh()));
            }
            node = Node::Two(op, Box::new(node), Box::new(self.of(of, inner)?));
            kind = gives;
        }
        Ok((node, kind))
    }

    fn negation(&mut self) -> Parsed {
        if matches!(self.peek(), Some(Token::Word(w)) if w == "非" || w == "not") {
            self.next += 1;
            return Ok((Node::Not(Box::new(self.of(Kind::Truth, Self::comparison)?)), Kind::Truth));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let at = self.at();
        let (left, kind) = self.sum()?;
        let all = [Op::Less, Op::AtMost, Op::More, Op::AtLeast, Op::Equal, Op::Unequal];
        let Some(op) = self.op(&all) else { return Ok((left, kind)) };
        if kind != Kind::Number {
            return wrong(at, "这里应为数，却是真假（比较）");
        }
        let right = self.of(Kind::Number, Self::sum)?;
        Ok((Node::Two(op, Box::new(left), Box::new(right)), Kind::Truth))
    }

    fn sum(&mut self) -> Parsed {
        self.chain(&[Op::Plus, Op::Minus], Kind::Number, Kind::Number, |p| {
            p.chain(&[Op::Times, Op::Over], Kind::Number, Kind::Number, Self::sign)
        })
    }

    fn sign(&mut self) -> Parsed {
        let mut negative = false;
        while self.op(&[Op::Minus]).is_some() {
            negative = !negative;
        }
        if !negative {
            return self.primary();
        }
        Ok((Node::Negative(Box::new(self.of(Kind::Number, Self::primary)?)), Kind::Number))
    }

    fn primary(&mut self) -> Parsed {
        let at = self.at();
        match self.peek().cloned() {
            Some(Token::Number(n)) => {
                self.next += 1;
                Ok((Node::Number(n), Kind::Number))
            }
            Some(Token::Open) => {
                self.next += 1;
                let inside = self.expression()?;
                self.expect(&Token::Close, "右括号")?;
                Ok(inside)
            }
            Some(Token::Word(word)) => {
                self.next += 1;
                if self.take(&Token::Open) { self.call(&word, at) } else { Self::name(&word, at) }
            }
            _ => wrong(at, "这里应为数、指标基数的名称、函数或左括号"),
        }
    }

    fn name(word: &str, at: usize) -> Parsed {
        let node = match word {
            "预警数" | "prewarnings" => Node::Cards(1),
            "黄牌数" | "yellow_cards" => Node::Cards(2),
            "红牌数" | "red_cards" => Node::Cards(3),
            "人工录入" | "manual" => Node::Manual,
            _ => match code_of(word) {
                Some(code) => Node::Measure(code),
                None => return wrong(at, unknown(word)),
            },
        };
        Ok((node, Kind::Number))
    }

    /// What stands in the parentheses after a function's name.
    fn call(&mut self, word: &str, at: usize) -> Parsed {
        let made = match word {
            "比率" | "ratio" => (Node::Share(self.measure()?), Kind::Number),
            "分母" | "denominator" => (Node::Denominator(self.measure()?), Kind::Number),
            "件数" | "found" => {
                let Some(Token::Text(rule)) = self.peek().cloned() else {
                    return wrong(self.at(), "这里应为引号中的规则编号，例：件数(\"T-02\")");
                };
                self.next += 1;
                (Node::Found(rule), Kind::Number)
            }
            "最小" | "min" => (Node::Least(self.numbers()?), Kind::Number),
            "最大" | "max" => (Node::Most(self.numbers()?), Kind::Number),
            "默认" | "default" => {
                let value = self.of(Kind::Number, Self::expression)?;
                self.expect(&Token::Comma, "逗号")?;
                let other = self.of(Kind::Number, Self::expression)?;
                (Node::Otherwise(Box::new(value), Box::new(other)), Kind::Number)
            }
            "如果" | "if" => {
                let condition = self.of(Kind::Truth, Self::expression)?;
                self.expect(&Token::Comma, "逗号")?;
                let (yes, kind) = self.expression()?;
                self.expect(&Token::Comma, "逗号")?;
                let no = self.of(kind, Self::expression)?;
                (Node::If(Box::new(condition), Box::new(yes), Box::new(no)), kind)
            }
            _ => return wrong(at, format!("没有名为“{word}”的函数；有：最小、最大、如果、比率、分母、件数、默认")),
        };
        self.expect(&Token::Close, "右括号")?;
        Ok(made)
    }

    fn numbers(&mut self) -> Result<Vec<Node>, Wrong> {
        let mut list = vec![self.of(Kind::Number, Self::expression)?];
        while self.take(&Token::Comma) {
            list.push(self.of(Kind::Number, Self::expression)?);
        }
        Ok(list)
    }

    fn measure(&mut self) -> Result<&'static str, Wrong> {
        let at = self.at();
        let Some(Token::Word(word)) = self.peek().cloned() else {
            return wrong(at, "这里应为指标基数的名称");
        };
        self.next += 1;
        code_of(&word).map_or_else(|| wrong(at, unknown(&word)), Ok)
    }
}

fn unknown(word: &str) -> String {
    let names: Vec<&str> = MEASURES.iter().map(|w| w.zh).collect();
    format!("没有名为“{word}”的指标基数；有：{}、预警数、黄牌数、红牌数、人工录入", names.join("、"))
}

impl Formula {
    /// Reads a formula that gives a number.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let end = text.chars().count();
        let mut parser = Parser { tokens: tokens(text)?, next: 0, end, depth: 0 };
        let root = parser.of(Kind::Number, Parser::expression)?;
        if parser.peek().is_some() {
            return wrong(parser.at(), "这里应为运算符，或公式到此结束");
        }
        Ok(Self { root, text: text.to_owned() })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}
