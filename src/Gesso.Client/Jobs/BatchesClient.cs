using System.Runtime.CompilerServices;
using System.Text.Json;
using Gesso.Client.Connection;

namespace Gesso.Client;

/// <summary>Many jobs at once: JSON lines in, JSON lines out.</summary>
public sealed class BatchesClient
{
    private readonly ServerConnection _connection;

    internal BatchesClient(ServerConnection connection) => _connection = connection;

    /// <summary>Queues a job for each request; a faulty one does not keep the others out.</summary>
    public Task<BatchSubmission> SubmitAsync(IEnumerable<JobRequest> requests, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        using var lines = new MemoryStream();
        foreach (var request in requests)
        {
            JsonSerializer.Serialize(lines, request, ClientJson.Default.JobRequest);
            lines.WriteByte((byte)'\n');
        }
        return SubmitLinesAsync(lines.ToArray(), cancellation);
    }

    /// <summary>Queues a job for each line of a JSON-lines file.</summary>
    public Task<BatchSubmission> SubmitLinesAsync(ReadOnlyMemory<byte> jsonLines, CancellationToken cancellation = default) =>
        _connection.ReadAsync(
            new ClientCall(HttpMethod.Post, "api/jobs") { Body = jsonLines, MediaType = "application/jsonl", IdempotencyKey = ServerConnection.NewIdempotencyKey() },
            ClientJson.Default.BatchSubmission,
            cancellation);

    public Task<BatchCounts> GetAsync(string batch, CancellationToken cancellation = default) => _connection.GetAsync(Paths.Of("batches", batch), ClientJson.Default.BatchCounts, cancellation);

    /// <summary>What became of each line, in their order.</summary>
    public async IAsyncEnumerable<BatchResult> ResultsAsync(string batch, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using var response = await _connection.SendAsync(new ClientCall(HttpMethod.Get, Paths.Of("batches", batch, "results")), cancellation).ConfigureAwait(false);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await foreach (var result in JsonSerializer.DeserializeAsyncEnumerable(stream, ClientJson.Default.BatchResult, topLevelValues: true, cancellation).ConfigureAwait(false))
        {
            if (result is not null)
                yield return result;
        }
    }
}

/// <param name="Batch">Its id.</param>
/// <param name="Created">Jobs that were queued.</param>
/// <param name="Failed">Lines that were not.</param>
/// <param name="Jobs">The jobs, in the order of the lines.</param>
public sealed record BatchSubmission(string Batch, int Created, IReadOnlyList<BatchFault> Failed, IReadOnlyList<BatchJob> Jobs);

/// <param name="Line">1-based.</param>
/// <param name="CustomId">The line's own name.</param>
/// <param name="Error">What is wrong with it.</param>
public sealed record BatchFault(int Line, string? CustomId, JobError Error);

public sealed record BatchJob(string Id, string? CustomId);

public sealed record BatchCounts(string Id, int Queued, int Running, int Succeeded, int Failed, int Cancelled);

/// <param name="CustomId">The line's own name.</param>
/// <param name="Job">Id of its job.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Pictures">Finished ones.</param>
/// <param name="Error">Why it failed.</param>
public sealed record BatchResult(string? CustomId, string Job, JobState State, IReadOnlyList<Picture> Pictures, JobError? Error);
