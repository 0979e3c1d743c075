package dev.entwine.cli;

import dev.entwine.config.Configuration;
import dev.entwine.config.SiteSettings;
import dev.entwine.db.Endpoint;
import dev.entwine.db.SiteException;
import dev.entwine.engine.StandingStreams;
import dev.entwine.model.Table;
import dev.entwine.verify.PingedStreams;
import dev.entwine.verify.ScanProgress;
import dev.entwine.verify.Streams;
import dev.entwine.verify.TableComparison;
import dev.entwine.verify.Verification;
import java.time.Duration;
import java.util.List;

/**
 * Compares tables at all sites as they are now, whether or not an engine carries changes meanwhile.
 *
 * @param running whether an engine does
 */
record LiveComparison(
        Configuration configuration, SiteConnections connections, VerifiedTables verified, boolean running) {
    /** The same, showing on a terminal how far it is. */
    List<TableComparison> compare(
            Terminal terminal, List<Table> chosen, Verification.Settings settings, Duration timeout)
            throws SiteException {
        verified.leftOut().forEach(note -> terminal.err().println(note));
        VerifyProgress progress =
                new VerifyProgress(terminal, chosen.stream().map(Table::id).toList());
        try {
            return compare(chosen, settings, timeout, progress);
        } finally {
            progress.clear();
        }
    }

    /** @param timeout how long changes that are on their way may take to arrive */
    List<TableComparison> compare(
            List<Table> chosen, Verification.Settings settings, Duration timeout, ScanProgress progress)
            throws SiteException {
        List<Endpoint> endpoints =
                configuration.sites().stream().map(SiteSettings::endpoint).toList();
        Streams streams = running
                ? new PingedStreams(connections.all(), timeout)
                : new StandingStreams(endpoints, connections.all(), verified.tables());
        return new Verification(endpoints, settings, progress).compare(chosen, streams);
    }
}
