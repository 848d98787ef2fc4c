//! Collecting one account.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt;
use rempart_aws_client::{Call, Class, Client};
use rempart_aws_model::ApiOperation;
use rempart_estate::{Answer, Outcome, Place, SnapshotWriter, WriteError};
use serde_json::{Map, Value};

use super::answer::{answer, not_asked, not_sent};
use super::bounds::{Bounds, Requested};
use super::catalog::Catalog;
use super::plan::Plan;
use super::progress::Progress;
use super::task::{Task, TaskKind};

/// Rounds after which something must be wrong: organisations nest five levels.
const MOST_ROUNDS: usize = 24;
/// How long to wait between questions whether a report is there.
const PAUSE: Duration = Duration::from_secs(2);

/// One account.
pub(super) struct AccountRun<'r> {
    pub(super) client: &'r Client,
    pub(super) plan: &'r Plan,
    pub(super) requested: &'r BTreeSet<Requested>,
    pub(super) bounds: Bounds,
    pub(super) concurrency: usize,
    /// Region for services without Regions.
    pub(super) home: &'r str,
    pub(super) writer: &'r SnapshotWriter,
    pub(super) progress: &'r Progress,
}

impl AccountRun<'_> {
    /// Makes all calls of the plan in these places.
    pub(super) async fn run(
        &self,
        places: Vec<Place>,
        known: Vec<Answer>,
    ) -> Result<(), WriteError> {
        let mut catalog = Catalog::new(self.plan, self.requested, self.bounds, places);
        catalog.extend(known);
        for _ in 0..MOST_ROUNDS {
            let round = catalog.round();
            for answer in &round.left_out {
                if !self.is_complete(&answer.operation, answer) {
                    self.writer.append(answer)?;
                }
            }
            let tasks: Vec<Task> = round
                .tasks
                .into_iter()
                .filter(|task| !self.is_done(task))
                .collect();
            if tasks.is_empty() && round.left_out.is_empty() {
                return Ok(());
            }
            self.progress.add_calls(tasks.len());
            let mut running = futures_util::stream::iter((0_usize..).zip(tasks))
                .map(|(number, task)| {
                    let keep = catalog.wants(task.operation.full_name());
                    async move { self.task(task, keep).await.map(|answers| (number, answers)) }
                })
                .buffer_unordered(self.concurrency.max(1));
            let mut kept = Vec::new();
            while let Some(answers) = running.next().await {
                let answers = answers?;
                if !answers.1.is_empty() {
                    kept.push(answers);
                }
            }
            drop(running);
            // What follows must not depend on which answer came first.
            kept.sort_by_key(|(number, _)| *number);
            catalog.extend(kept.into_iter().flat_map(|(_, answers)| answers));
        }
        tracing::warn!(rounds = MOST_ROUNDS, "the plan does not come to an end");
        Ok(())
    }

    fn is_done(&self, task: &Task) -> bool {
        self.writer
            .is_complete(&task.place, task.operation.full_name(), &task.parameters)
    }

    fn is_complete(&self, operation: &str, answer: &Answer) -> bool {
        let place = Place::new(answer.account.clone(), answer.region.clone());
        self.writer
            .is_complete(&place, operation, &answer.parameters)
    }

    /// Makes a call and writes its answers; gives those that lead to further calls.
    async fn task(&self, task: Task, keep: bool) -> Result<Vec<Answer>, WriteError> {
        let mut kept = Vec::new();
        match task.kind {
            TaskKind::Pages => self.pages(&task, u32::MAX, keep, &mut kept).await?,
            TaskKind::FirstPage => self.pages(&task, 1, keep, &mut kept).await?,
            TaskKind::Report(generate) => self.report(&task, generate, Map::new()).await?,
            TaskKind::Job(generate) => {
                self.report(&task, generate, task.parameters.clone())
                    .await?;
            }
        }
        self.progress.add_done();
        Ok(kept)
    }

    fn call_of(&self, operation: &'static ApiOperation, task: &Task) -> Call {
        let region = match task.place.is_global() {
            true => self.home,
            false => &task.place.region,
        };
        Call::new(operation, region)
    }

    async fn pages(
        &self,
        task: &Task,
        most: u32,
        keep: bool,
        kept: &mut Vec<Answer>,
    ) -> Result<(), WriteError> {
        let mut call = self.call_of(task.operation, task);
        call.parameters.clone_from(&task.parameters);
        let mut pages = self.client.pages(&call);
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(()),
                Err(error) => {
                    let answer = not_sent(task.operation, &task.place, &task.parameters, &error);
                    return self.write(answer);
                }
            };
            let number = page.number;
            let answer = answer(
                task.operation,
                &task.place,
                &task.parameters,
                number,
                page.reply,
            );
            if keep {
                kept.push(answer.clone());
            }
            self.write(answer)?;
            if number.saturating_add(1) >= most {
                return Ok(());
            }
        }
    }

    fn write(&self, answer: Answer) -> Result<(), WriteError> {
        self.progress.add_answer(&answer);
        self.writer.append(&answer)
    }

    /// Has a report generated, waits for it and writes it.
    async fn report(
        &self,
        task: &Task,
        generate: &'static ApiOperation,
        parameters: Map<String, Value>,
    ) -> Result<(), WriteError> {
        let mut call = self.call_of(generate, task);
        call.parameters = parameters.clone();
        let mut fetch = self.call_of(task.operation, task);
        let tries = 1 + self.bounds.report_wait / PAUSE.as_secs().max(1);
        let refused = |operation: &'static ApiOperation, reply| {
            answer(operation, &task.place, &task.parameters, 0, reply)
        };
        for turn in 0..tries {
            if turn > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            // A report about a resource is generated once, the other until it says that it is there.
            if fetch.parameters.is_empty() || turn == 0 {
                let reply = match self.client.call(&call).await {
                    Ok(reply) => reply,
                    Err(error) => {
                        return self.write(not_sent(generate, &task.place, &parameters, &error));
                    }
                };
                if reply.class != Class::Ok {
                    return self.unavailable(task, refused(generate, reply));
                }
                let body = rempart_estate::decode(generate.full_name(), &reply.body);
                let job = body.ok().and_then(|body| body.get("JobId").cloned());
                if let Some(job) = job {
                    fetch.parameters.insert("JobId".to_owned(), job);
                }
            }
            let reply = match self.client.call(&fetch).await {
                Ok(reply) => reply,
                Err(error) => {
                    return self.write(not_sent(
                        task.operation,
                        &task.place,
                        &task.parameters,
                        &error,
                    ));
                }
            };
            let is_pending = match reply.class {
                Class::Ok => {
                    let body = rempart_estate::decode(task.operation.full_name(), &reply.body);
                    let status = body
                        .ok()
                        .and_then(|body| body.get("JobStatus")?.as_str().map(str::to_owned));
                    status.as_deref() == Some("IN_PROGRESS")
                }
                _ => reply
                    .error
                    .as_ref()
                    .is_some_and(|error| error.code.contains("Report")),
            };
            if !is_pending {
                let answer = refused(task.operation, reply);
                return self.write(answer);
            }
        }
        self.write(not_asked(
            task.operation,
            &task.place,
            &task.parameters,
            Outcome::Failed,
            "NotReady",
            "the report was not ready in time".to_owned(),
        ))
    }

    /// The generation of a report was refused: both answers say so, since the report is what controls
    /// ask for.
    fn unavailable(&self, task: &Task, refusal: Answer) -> Result<(), WriteError> {
        let mut answer = refusal.clone();
        answer.operation = task.operation.full_name().to_owned();
        answer.body.clear();
        self.write(refusal)?;
        self.write(answer)
    }
}
