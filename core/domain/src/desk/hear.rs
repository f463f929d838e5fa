//! Hearings: asked for, announced seven working days ahead, held.

use super::handle::{Work, full, next_key};
use super::record::Says;
use super::{DeskError, DeskHearing, DeskState, PaperFacts, PaperKind, Series};
use crate::Timestamp;
use crate::record::{Field, RecordType};
use chrono::{NaiveDate, NaiveTime};

/// A hearing is announced at least so many working days before (行政许可法 48).
const HEARING_NOTICE: i64 = 7;

impl Work<'_> {
    pub(super) fn pending_hearing(&self) -> Result<(), DeskError> {
        if self.case.hearings.iter().any(DeskHearing::waits) {
            return Err(DeskError::Hearing("已有一次听证尚未举行".to_owned()));
        }
        Ok(())
    }

    pub(super) fn begin_hearing(&mut self, requested_at: Option<Timestamp>) {
        let key = next_key(self.case.hearings.len());
        self.case.hearings.push(DeskHearing {
            key,
            requested_at,
            notified_at: None,
            on: None,
            time: None,
            place: String::new(),
            held_at: None,
            minutes: String::new(),
            notice_no: String::new(),
            cancelled: None,
        });
        if requested_at.is_some() {
            self.tell_hearing();
        }
    }

    pub(super) fn tell_hearing(&mut self) {
        let Some(one) = self.case.hearings.last() else { return };
        let says = Says::default()
            .at(Field::RequestedAt, one.requested_at)
            .at(Field::NotifiedAt, one.notified_at)
            .at(Field::HeldAt, one.held_at)
            .text(Field::MinutesDoc, &one.minutes)
            .text(Field::Staff, self.by.user);
        let at = one.requested_at.or(one.notified_at).unwrap_or(self.ctx.now);
        let part = format!("/hearing/{}", one.key);
        self.tell(RecordType::Hearing, &part, at, says);
    }

    pub(super) fn hearing(&mut self, (on, time): (NaiveDate, NaiveTime), place: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "听证告知")?;
        let place = full("听证地点", place, 200)?;
        let today = self.ctx.now.date();
        let days = self.ctx.calendar.working_days(today, on).map_err(|e| DeskError::Date(e.to_string()))?;
        if days < HEARING_NOTICE {
            return Err(DeskError::Hearing(format!("应在举行听证的七个工作日前告知，{on} 太早")));
        }
        if self.case.hearings.last().is_none_or(|h| !h.waits()) {
            self.begin_hearing(None);
        }
        let now = self.ctx.now;
        let Some(one) = self.case.hearings.last_mut() else { return Ok(place) };
        let before = (one.notified_at.is_some()).then(|| one.notice_no.clone());
        // A record says when the parties were told first; of which day it does not speak.
        one.notified_at = one.notified_at.or(Some(now));
        (one.on, one.time) = (Some(on), Some(time));
        one.place.clone_from(&place);
        match before {
            Some(no) => self.void(&no, "听证改期"),
            None => self.tell_hearing(),
        }
        let doc = self.draw(Series::Paper(PaperKind::Hearing));
        let facts = PaperFacts { on: Some(on), time: Some(time), place: place.clone(), ..self.facts() };
        self.paper(PaperKind::Hearing, &doc, facts);
        if let Some(one) = self.case.hearings.last_mut() {
            one.notice_no = doc;
        }
        Ok(format!("{on} {} {place}", time.format("%H:%M")))
    }

    pub(super) fn cancel_hearing(&mut self, reason: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "取消听证")?;
        let reason = full("取消听证的理由", reason, 200)?;
        let now = self.ctx.now;
        let Some(one) = self.case.hearings.last_mut().filter(|h| h.waits()) else {
            return Err(DeskError::Hearing("没有尚未举行的听证".to_owned()));
        };
        one.cancelled = Some((reason.clone(), now));
        let no = one.notice_no.clone();
        let at = one.requested_at.or(one.notified_at).unwrap_or(now);
        let part = format!("/hearing/{}", one.key);
        self.void(&no, &reason);
        // Told again without what is not so any more.
        let says = Says::default().text(Field::Staff, self.by.user);
        self.tell(RecordType::Hearing, &part, at, says);
        Ok(reason)
    }

    pub(super) fn hold_hearing(&mut self, minutes: &str) -> Result<String, DeskError> {
        self.from(&[DeskState::Processing, DeskState::Special], "登记听证")?;
        let minutes = full("听证笔录", minutes, 200)?;
        let today = self.ctx.now.date();
        let now = self.ctx.now;
        let Some(one) = self.case.hearings.last_mut().filter(|h| h.waits() && h.notified_at.is_some()) else {
            return Err(DeskError::Hearing("没有已经告知、尚未举行的听证".to_owned()));
        };
        if one.on.is_some_and(|on| today < on) {
            return Err(DeskError::Hearing("还没有到听证的日期".to_owned()));
        }
        one.held_at = Some(now);
        one.minutes.clone_from(&minutes);
        self.tell_hearing();
        Ok(minutes)
    }
}
