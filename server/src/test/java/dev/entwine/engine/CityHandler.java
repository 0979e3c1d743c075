package dev.entwine.engine;

import dev.entwine.handler.Conflict;
import dev.entwine.handler.ConflictHandler;
import dev.entwine.handler.Resolution;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;

/** Puts both texts into one, the way a table says; throws for one value, and hangs for another. */
public final class CityHandler implements ConflictHandler {
    @Override
    public Resolution resolve(Conflict conflict, Connection database) throws SQLException {
        String local = Objects.requireNonNull(conflict.local().row().get("v"));
        if (local.startsWith("throw")) {
            throw new IllegalStateException("no idea");
        }
        if (local.startsWith("hang")) {
            hang();
        }
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery("SELECT separator FROM public.separator")) {
            row.next();
            String separator = row.getString(1);
            return new Resolution.Merged(
                    Map.of("v", local + separator + conflict.remote().row().get("v")));
        }
    }

    private static void hang() {
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
