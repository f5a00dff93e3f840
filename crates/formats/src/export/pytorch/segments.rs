//! The state at the end: segments and the blocks that fill them.

use super::File;
use super::survey::{self, Held, Live, Memory, Plan};
use arenascope_trace::Site;
use std::io;

impl File<'_, '_> {
    /// What a device holds at the end.
    pub(super) fn segments(&mut self, plan: &Plan, memory: &Memory) -> io::Result<()> {
        let all = memory.lives();
        for (from, until) in plan.segments() {
            let lives = survey::within(&all, from, until);
            let sum = |of: &dyn Fn(&Live) -> u64| lives.iter().map(of).sum::<u64>();
            let active = sum(&|live| live.bytes);
            let allocated = sum(&|live| if live.is_pending { 0 } else { live.bytes });
            let pickle = &mut self.pickle;
            pickle.dict()?;
            pickle.word("device")?;
            pickle.number(plan.space.0.into())?;
            for (key, number) in [
                ("address", from),
                ("total_size", until - from),
                ("allocated_size", allocated),
                ("active_size", active),
                ("requested_size", active),
                ("stream", 0),
            ] {
                pickle.word(key)?;
                pickle.number(number)?;
            }
            pickle.word("segment_type")?;
            pickle.word("large")?;
            pickle.word("is_expandable")?;
            pickle.boolean(plan.held == Held::Parts)?;
            pickle.word("frames")?;
            pickle.stack(Site::NONE, self.run.stacks())?;
            pickle.word("blocks")?;
            pickle.list()?;
            let mut next = from;
            for live in lives {
                self.block(next, live.address - next, None)?;
                self.block(live.address, live.bytes, Some(live))?;
                next = live.address + live.bytes;
            }
            self.block(next, until - next, None)?;
            self.pickle.end_list()?;
            self.pickle.end_dict()?;
            self.pickle.next_item()?;
        }
        Ok(())
    }

    /// A block, in use or not; none of no bytes.
    fn block(&mut self, address: u64, bytes: u64, live: Option<&Live>) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        let pickle = &mut self.pickle;
        pickle.dict()?;
        pickle.word("address")?;
        pickle.number(address)?;
        pickle.word("size")?;
        pickle.number(bytes)?;
        pickle.word("requested_size")?;
        pickle.number(live.map_or(0, |live| live.bytes))?;
        pickle.word("state")?;
        pickle.word(match live {
            Some(live) if live.is_pending => "active_pending_free",
            Some(_) => "active_allocated",
            None => "inactive",
        })?;
        pickle.word("frames")?;
        pickle.stack(live.map_or(Site::NONE, |live| live.site), self.run.stacks())?;
        pickle.end_dict()?;
        pickle.next_item()
    }
}
