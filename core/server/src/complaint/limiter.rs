//! How often the public may write and ask without signing in: each address so many times an hour, and all together so many. On
//! the county's clock, in memory; a restart forgives.

use super::Desk;
use crate::problem::Problem;
use daylight_domain::Timestamp;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

const HOUR_MS: i64 = 3_600_000;

/// One limiter. It remembers no more addresses than it lets requests through.
#[derive(Debug)]
pub(crate) struct Limiter {
    each: u32,
    together: u32,
    /// What is counted, in words.
    what: &'static str,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    hour: i64,
    all: u32,
    by: HashMap<IpAddr, u32>,
}

/// Whom an address belongs to: of IPv6 a whole /64 is one customer's.
fn holder(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((u128::from(v6) & (u128::MAX << 64)).into()),
        },
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Limiter {
    fn new(what: &'static str, each: u32, together: u32) -> Self {
        Self { each, together, what, window: Mutex::default() }
    }

    /// Lets a request of an address through, and counts it.
    ///
    /// # Errors
    /// `public.busy`
    pub(crate) fn pass(&self, address: IpAddr, now: Timestamp) -> Result<(), Problem> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = now.0.div_euclid(HOUR_MS);
        if window.hour != hour {
            *window = Window { hour, ..Window::default() };
        }
        let address = holder(address);
        let own = window.by.get(&address).copied().unwrap_or(0);
        if own >= self.each || window.all >= self.together {
            let minutes = ((hour + 1) * HOUR_MS - now.0).div_euclid(60_000) + 1;
            let what = self.what;
            let ours = own >= self.each;
            let message = if ours {
                format!("本小时内从这里{what}得太多")
            } else {
                format!("现在{what}的人太多")
            };
            return Err(Problem::new("public.busy", message).fix(format!("{minutes} 分钟后再试，或拨打 12345")));
        }
        window.all += 1;
        window.by.insert(address, own + 1);
        Ok(())
    }
}

/// For writing and for asking.
#[derive(Debug)]
pub(crate) struct Limiters {
    /// Complaints, enquiries, ratings.
    pub write: Limiter,
    /// Progress.
    pub ask: Limiter,
}

impl Limiters {
    /// As the county has it.
    pub(crate) fn of(desk: &Desk) -> Self {
        Self {
            write: Limiter::new("提交", desk.public_per_address, desk.public_per_hour),
            ask: Limiter::new("查询", desk.queries_per_address, desk.queries_per_hour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn an_address_and_all_together_are_bounded_and_the_next_hour_is_another() {
        let limiter = Limiter::new("提交", 2, 3);
        let now = Timestamp(HOUR_MS * 5);
        let pass = |address: &str, at: Timestamp| limiter.pass(ip(address), at).map_err(|p| p.code);
        assert_eq!(pass("10.0.0.1", now), Ok(()));
        assert_eq!(pass("::ffff:10.0.0.1", now), Ok(()), "the same address");
        assert_eq!(pass("10.0.0.1", now), Err("public.busy".to_owned()));
        assert_eq!(pass("10.0.0.2", now), Ok(()));
        assert_eq!(pass("10.0.0.3", now), Err("public.busy".to_owned()), "all together");
        assert_eq!(limiter.window.lock().expect("a window").by.len(), 2, "who was refused is not remembered");
        assert_eq!(pass("10.0.0.1", now.plus_ms(HOUR_MS - 1)), Err("public.busy".to_owned()));
        assert_eq!(pass("10.0.0.1", now.plus_ms(HOUR_MS)), Ok(()));
    }

    #[test]
    fn a_network_of_one_customer_is_one_address() {
        let limiter = Limiter::new("提交", 1, 10);
        limiter.pass(ip("2001:db8:1:2::1"), Timestamp(0)).expect("through");
        assert!(limiter.pass(ip("2001:db8:1:2:ffff::9"), Timestamp(0)).is_err());
        limiter.pass(ip("2001:db8:1:3::1"), Timestamp(0)).expect("another");
    }
}
