using System.Diagnostics.CodeAnalysis;

namespace Gesso.Platform;

/// <summary><c>job_</c> and 26 characters that sort by time of creation; 80 of their bits are random, so it cannot be guessed.</summary>
public readonly record struct JobId(string Value)
{
    public const string Prefix = "job_";

    public static bool TryParse([NotNullWhen(true)] string? text, out JobId id) => (id = new JobId(text ?? "")).IsWellFormed;

    private bool IsWellFormed => SortableId.IsWellFormed(Value, Prefix);

    /// <summary>By time of creation.</summary>
    public int CompareTo(JobId other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;
}

/// <summary>Who owns jobs and pictures; nothing of one tenant is visible to another. <c>tenant_…</c>, or <c>default</c> for the first one.</summary>
public readonly record struct TenantId(string Value)
{
    public const string Prefix = "tenant_";

    /// <summary>The tenant of the first key.</summary>
    public static TenantId Default { get; } = new("default");

    public override string ToString() => Value;
}

/// <summary>Names an API key without being it: <c>key_…</c>.</summary>
public readonly record struct ApiKeyId(string Value)
{
    public const string Prefix = "key_";

    public override string ToString() => Value;
}

/// <summary>Jobs sent together as JSON lines: <c>batch_…</c>.</summary>
public readonly record struct BatchId(string Value)
{
    public const string Prefix = "batch_";

    public override string ToString() => Value;
}

/// <summary>A process that draws, unique for each start: <c>worker_…</c>.</summary>
public readonly record struct WorkerId(string Value)
{
    public const string Prefix = "worker_";

    public override string ToString() => Value;
}
