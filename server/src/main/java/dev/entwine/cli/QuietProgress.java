package dev.entwine.cli;

import dev.entwine.model.SiteId;
import dev.entwine.model.TableId;
import dev.entwine.snapshot.Progress;

/** Tells nobody. */
final class QuietProgress implements Progress {
    @Override
    public void step(String what) {}

    @Override
    public void copying(long bytes) {}

    @Override
    public void rows(SiteId target, TableId table, long more) {}

    @Override
    public void finished(long bytes) {}

    @Override
    public void copied(SiteId target, TableId table, long rows) {}
}
