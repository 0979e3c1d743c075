package dev.entwine.snapshot;

import dev.entwine.db.Bookkeeping;
import dev.entwine.db.Bookkeeping.Meta;
import dev.entwine.db.SiteException;
import dev.entwine.db.Slots;
import dev.entwine.model.SiteId;
import dev.entwine.model.Table;
import dev.entwine.model.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How far the sites have been initialized, all together. */
enum SetState {
    /** No site has anything of ours. */
    ABSENT,
    /** Some site has something of ours, and no engine has ever run on it. */
    UNFINISHED,
    /** Every site is initialized, as this configuration would have it. */
    INITIALIZED;

    private static final String START_OVER = "; run 'entwine remove' and 'entwine init' again";

    /** @throws RefusedException what is there belongs to another set of sites or tables, or to somebody else */
    static SetState read(List<SiteAccess> sites, List<Table> tables) throws SiteException, RefusedException {
        List<Optional<Meta>> metas = new ArrayList<>();
        boolean anything = false;
        for (SiteAccess site : sites) {
            Optional<Meta> meta = meta(site);
            anything |= meta.isPresent()
                    || site.call("looking for the slot", Slots::find).isPresent()
                    || !site.call("reading the publication", Bookkeeping::published)
                            .isEmpty();
            metas.add(meta);
        }
        if (metas.stream().allMatch(meta -> meta.filter(Meta::initialized).isPresent())) {
            requireSame(sites, metas.stream().flatMap(Optional::stream).toList(), tables);
            return INITIALIZED;
        }
        requireNeverRun(sites, metas);
        return anything ? UNFINISHED : ABSENT;
    }

    /** @throws RefusedException something there has our name and is not ours, or is another site's */
    static Optional<Meta> meta(SiteAccess site) throws SiteException, RefusedException {
        Optional<Meta> meta = site.call("reading entwine.meta", Bookkeeping::meta);
        requireOurs(site, meta);
        return meta;
    }

    private static void requireOurs(SiteAccess site, Optional<Meta> meta) throws SiteException, RefusedException {
        if (meta.isEmpty() && site.call("looking for the schema", Bookkeeping::schemaExists)) {
            throw new RefusedException("site " + site.site()
                    + ": there is a schema named entwine that the engine did not make; rename or drop it");
        }
        if (site.call("looking for the publication", Bookkeeping::foreignPublication)) {
            throw new RefusedException("site " + site.site()
                    + ": there is a publication named entwine that the engine did not make; rename or drop it");
        }
        if (meta.isPresent() && !meta.get().site().equals(site.site())) {
            throw new RefusedException("site " + site.site() + ": this database was initialized as site "
                    + meta.get().site() + "; name it so in the configuration" + START_OVER.replaceFirst("; ", ", or "));
        }
    }

    private static void requireNeverRun(List<SiteAccess> sites, List<Optional<Meta>> metas) throws RefusedException {
        Optional<String> anew = metas.stream()
                .flatMap(Optional::stream)
                .flatMap(meta -> meta.anew().stream())
                .findFirst();
        if (anew.isPresent()) {
            throw new RefusedException("'" + anew.get() + "' was stopped half-way; run it again");
        }
        List<SiteId> used = new ArrayList<>();
        List<SiteId> missing = new ArrayList<>();
        for (int i = 0; i < sites.size(); i++) {
            Optional<Meta> meta = metas.get(i);
            if (meta.filter(Meta::initialized).isEmpty()) {
                missing.add(sites.get(i).site());
            } else if (meta.get().leaseEpoch() > 0) {
                used.add(sites.get(i).site());
            }
        }
        if (!used.isEmpty()) {
            throw new RefusedException("an engine has run on " + used + ", but not initialized are " + missing
                    + "; if those were restored from backups of before, 'entwine rejoin' brings them back; otherwise"
                    + " run 'entwine remove' and 'entwine init' again");
        }
    }

    private static void requireSame(List<SiteAccess> sites, List<Meta> metas, List<Table> tables)
            throws SiteException, RefusedException {
        List<TableId> wanted = tables.stream().map(Table::id).sorted().toList();
        List<SiteId> names = sites.stream().map(SiteAccess::site).toList();
        for (int i = 0; i < sites.size(); i++) {
            SiteAccess site = sites.get(i);
            if (!metas.get(i).setId().equals(metas.getFirst().setId())) {
                throw new RefusedException("sites " + names.getFirst() + " and " + site.site()
                        + " were initialized apart from each other" + START_OVER);
            }
            List<SiteId> others = names.stream()
                    .filter(name -> !name.equals(site.site()))
                    .sorted()
                    .toList();
            List<SiteId> sources = site.call("reading entwine.progress", Bookkeeping::sources);
            if (!sources.equals(others)) {
                throw new RefusedException("site " + site.site() + " was initialized together with " + sources
                        + ", the configuration has " + others + "; 'entwine remove CONFIG SITE' takes a site out,"
                        + " adding one is not supported yet" + START_OVER);
            }
            List<TableId> published = site.call("reading the publication", Bookkeeping::published);
            if (!published.stream().sorted().toList().equals(wanted)) {
                throw new RefusedException("site " + site.site() + " was initialized with the tables " + published
                        + ", the configuration now matches " + wanted
                        + "; run 'entwine add-table' to have these in the set");
            }
            if (site.call("looking for the slot", Slots::find).isEmpty()) {
                throw new RefusedException("site " + site.site()
                        + " is initialized but its slot is gone, and with it the changes since then; 'entwine rejoin'"
                        + " brings it back");
            }
        }
    }
}
