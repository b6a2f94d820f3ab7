using Gesso.Server.Errors;

namespace Gesso.Server.Native;

/// <summary>What became of the lines of a batch.</summary>
/// <param name="Batch">Names the batch; GET /api/batches/{id} counts its jobs.</param>
/// <param name="Created">How many lines became jobs.</param>
/// <param name="Failed">Lines that did not, with the reason.</param>
/// <param name="Jobs">The jobs, in order of the lines.</param>
public sealed record BatchAnswer(string Batch, int Created, IReadOnlyList<FailedLine> Failed, IReadOnlyList<BatchJob> Jobs);

/// <param name="Line">Number of the line, from 1.</param>
/// <param name="CustomId">As on the line, when it could be read.</param>
/// <param name="Error">What was wrong.</param>
public sealed record FailedLine(int Line, string? CustomId, ApiError Error);

/// <param name="Id">The job.</param>
/// <param name="CustomId">As on the line.</param>
public sealed record BatchJob(string Id, string? CustomId);

/// <summary>How many jobs of a batch are in each state.</summary>
public sealed record BatchView(string Id, long Queued, long Running, long Succeeded, long Failed, long Cancelled);

/// <summary>One line of the results of a batch.</summary>
/// <param name="CustomId">As on the line that made the job.</param>
/// <param name="Job">The job.</param>
/// <param name="State">queued, running, succeeded, failed or cancelled.</param>
/// <param name="Pictures">Those it has so far.</param>
/// <param name="Error">Why it failed.</param>
public sealed record BatchResult(string? CustomId, string Job, string State, IReadOnlyList<PictureView> Pictures, JobErrorView? Error);
