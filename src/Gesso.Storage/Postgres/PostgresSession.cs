using Gesso.Storage.Sql;
using Npgsql;
using NpgsqlTypes;

namespace Gesso.Storage.Postgres;

/// <summary>Statements on one connection. What is posted is sent in one batch with the next question, or with the commit.</summary>
internal sealed class PostgresSession(NpgsqlConnection connection, CancellationToken cancellation) : SqlSession
{
    private const int MostInABatch = 500;

    /// <summary>"gess" in an advisory lock: the choice of jobs.</summary>
    private const string LockChoice = "SELECT pg_advisory_xact_lock(1734701939, 1)";

    private List<NpgsqlBatchCommand> _posted = [];

    public override bool IsAlone => false;

    public override string ForUpdate => " FOR UPDATE";

    public override string ForUpdateFree => " FOR UPDATE SKIP LOCKED";

    public override string PicturesOfJob =>
        "(SELECT json_agg(json_build_array(place, asset, media_type, width, height, bytes, seed, text))::text FROM pictures WHERE pictures.job = jobs.id)";

    public override async ValueTask LockChoiceAsync() => await QueryAsync(LockChoice, _ => true).ConfigureAwait(false);

    public override ValueTask PostAsync(string sql, params ReadOnlySpan<SqlValue> values)
    {
        _posted.Add(Command(sql, values));
        return _posted.Count < MostInABatch ? ValueTask.CompletedTask : FlushAsync(cancellation);
    }

    public override ValueTask<int> ExecuteAsync(string sql, params ReadOnlySpan<SqlValue> values)
    {
        var command = Command(sql, values);
        return ExecuteAsync(command);
    }

    public override ValueTask<List<T>> QueryAsync<T>(string sql, Func<SqlRow, T> map, params ReadOnlySpan<SqlValue> values)
    {
        _posted.Add(Command(sql, values));
        return ReadPostedAsync(map, []);
    }

    public override async ValueTask<List<T>> QueryEachAsync<T>(string sql, Func<SqlRow, T> map, IEnumerable<SqlValue[]> arguments)
    {
        List<T> rows = [];
        foreach (var chunk in arguments.Chunk(MostInABatch))
        {
            _posted.AddRange(chunk.Select(values => Command(sql, values)));
            _ = await ReadPostedAsync(map, rows).ConfigureAwait(false);
        }
        return rows;
    }

    public async ValueTask BeginAsync(WriteKind kind)
    {
        Restart();
        await PostAsync("BEGIN").ConfigureAwait(false);
        if (kind == WriteKind.Relaxed)
            await PostAsync("SET LOCAL synchronous_commit TO off").ConfigureAwait(false);
    }

    /// <summary>Not given up in the middle: half of the answer would be no answer.</summary>
    public async ValueTask CommitAsync()
    {
        await SaveKeptAsync().ConfigureAwait(false);
        _posted.Add(new NpgsqlBatchCommand("COMMIT"));
        await FlushAsync(CancellationToken.None).ConfigureAwait(false);
    }

    public async ValueTask RollBackAsync()
    {
        _posted.Clear();
        if (connection.State != System.Data.ConnectionState.Open)
            return;
        try
        {
            await using var command = new NpgsqlCommand("ROLLBACK", connection);
            _ = await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // the connection is gone, and the transaction with it
        }
    }

    private async ValueTask<int> ExecuteAsync(NpgsqlBatchCommand command)
    {
        _posted.Add(command);
        await FlushAsync(cancellation).ConfigureAwait(false);
        return checked((int)command.RecordsAffected);
    }

    private async ValueTask FlushAsync(CancellationToken patience)
    {
        await using var batch = Take();
        _ = await batch.ExecuteNonQueryAsync(patience).ConfigureAwait(false);
    }

    /// <summary>Only questions have results, so those of posted statements need not be skipped.</summary>
    private async ValueTask<List<T>> ReadPostedAsync<T>(Func<SqlRow, T> map, List<T> rows)
    {
        await using var batch = Take();
        await using var reader = await batch.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var row = new PostgresRow(reader);
        do
        {
            while (await row.ReadAsync(cancellation).ConfigureAwait(false))
                rows.Add(map(row));
        }
        while (await reader.NextResultAsync(cancellation).ConfigureAwait(false));
        return rows;
    }

    private NpgsqlBatch Take()
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var command in _posted)
            batch.BatchCommands.Add(command);
        _posted = [];
        return batch;
    }

    private static NpgsqlBatchCommand Command(string sql, ReadOnlySpan<SqlValue> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            _ = command.Parameters.Add(Parameter(value));
        return command;
    }

    private static NpgsqlParameter Parameter(SqlValue value) => value.Type switch
    {
        _ when value.IsNull => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = TypeOf(value.Type) },
        SqlType.Text => new NpgsqlParameter<string> { TypedValue = value.Text, NpgsqlDbType = NpgsqlDbType.Text },
        SqlType.Integer => new NpgsqlParameter<long> { TypedValue = value.Integer, NpgsqlDbType = NpgsqlDbType.Bigint },
        SqlType.Real => new NpgsqlParameter<double> { TypedValue = value.Real, NpgsqlDbType = NpgsqlDbType.Double },
        _ => new NpgsqlParameter<byte[]> { TypedValue = value.Bytes, NpgsqlDbType = NpgsqlDbType.Bytea },
    };

    private static NpgsqlDbType TypeOf(SqlType type) => type switch
    {
        SqlType.Text => NpgsqlDbType.Text,
        SqlType.Integer => NpgsqlDbType.Bigint,
        SqlType.Real => NpgsqlDbType.Double,
        _ => NpgsqlDbType.Bytea,
    };
}
