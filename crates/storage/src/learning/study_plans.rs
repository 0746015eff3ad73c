use cairn_domain::learning::{PlanSettings, StudyPlan, StudyPlanReader, StudyPlanWriter};
use cairn_domain::shared::{Date, EnrolmentId, Timestamp};
use cairn_domain::{Code, Error, Result};
use diesel::prelude::*;

use crate::connection::per_backend;
use crate::schema::{study_plan_missed as missed, study_plans as plans};
use crate::tx::{Tx, number, stored};

fn changed() -> Error {
    Error::new(Code::Stale, "The plan was changed at the same time.")
}

impl StudyPlanReader for Tx<'_> {
    fn study_plan(&mut self, enrolment: EnrolmentId) -> Result<Option<StudyPlan>> {
        let id = enrolment.to_string();
        let columns = (plans::minutes_a_week, plans::start_day, plans::changed_at, plans::version);
        let row: Option<(i64, String, i64, i64)> =
            self.find(|c| per_backend!(c, c => plans::table.find(&id).select(columns).get_result(c)))?;
        let Some((minutes, start, changed_at, version)) = row else { return Ok(None) };
        let of_it = missed::table.filter(missed::enrolment_id.eq(&id));
        let weeks: Vec<String> = self.run(|c| per_backend!(c, c => of_it.select(missed::week).load(c)))?;
        let weeks = weeks.iter().map(|week| stored(week.parse())).collect::<Result<Vec<Date>>>()?;
        let settings = stored(PlanSettings::new(number(minutes)?, stored(start.parse())?, &weeks))?;
        let (changed_at, version) = (Timestamp::from_micros(changed_at), number(version)?);
        Ok(Some(StudyPlan { enrolment, settings, changed_at, version }))
    }
}

impl Tx<'_> {
    fn forget_missed(&mut self, id: &str) -> Result<()> {
        let rows = missed::table.filter(missed::enrolment_id.eq(id));
        self.run(|c| per_backend!(c, c => diesel::delete(rows).execute(c))).map(|_| ())
    }
}

impl StudyPlanWriter for Tx<'_> {
    fn put_study_plan(&mut self, plan: &StudyPlan) -> Result<()> {
        let (id, settings, version) = (plan.enrolment.to_string(), &plan.settings, i64::from(plan.version));
        let columns = (
            plans::minutes_a_week.eq(i64::from(settings.minutes_a_week())),
            plans::start_day.eq(settings.start().to_string()),
            plans::changed_at.eq(plan.changed_at.micros()),
            plans::version.eq(version),
        );
        if version == 1 {
            let row = (plans::enrolment_id.eq(&id), columns);
            self.run(|c| per_backend!(c, c => diesel::insert_into(plans::table).values(row).execute(c)))?;
        } else {
            let before = plans::table.filter(plans::enrolment_id.eq(&id).and(plans::version.eq(version - 1)));
            let rows = self.run(|c| per_backend!(c, c => diesel::update(before).set(columns).execute(c)))?;
            if rows == 0 {
                return Err(changed());
            }
            self.forget_missed(&id)?;
        }
        for week in settings.missed() {
            let row = (missed::enrolment_id.eq(&id), missed::week.eq(week.to_string()));
            self.run(|c| per_backend!(c, c => diesel::insert_into(missed::table).values(row).execute(c)))?;
        }
        Ok(())
    }

    fn remove_study_plan(&mut self, enrolment: EnrolmentId, version: u32) -> Result<()> {
        let id = enrolment.to_string();
        self.forget_missed(&id)?;
        let row = plans::table.filter(plans::enrolment_id.eq(&id).and(plans::version.eq(i64::from(version))));
        let rows = self.run(|c| per_backend!(c, c => diesel::delete(row).execute(c)))?;
        if rows == 0 { Err(changed()) } else { Ok(()) }
    }
}
