using System.Text.Json.Serialization;


namespace Gesso.Client;

/// <summary>Something that happened to a job: one of the records below.</summary>
/// <param name="Job">Whose.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "notice")]
[JsonDerivedType(typeof(JobChanged), "state")]
[JsonDerivedType(typeof(PictureFinished), "picture")]
[JsonDerivedType(typeof(JobAdvanced), "progress")]
[JsonDerivedType(typeof(JobPlaced), "place")]
[JsonDerivedType(typeof(ConnectionChanged), "connection")]
public abstract record JobNotice(string Job);

/// <summary>The job changed its state.</summary>
/// <param name="Now">The job as it is.</param>
/// <param name="Event">queued, started, returned, succeeded, failed or cancelled.</param>
public sealed record JobChanged(Job Now, string Event) : JobNotice(Now.Id);

/// <summary>A picture is finished and stored.</summary>
public sealed record PictureFinished(string Job, Picture Picture) : JobNotice(Job);

/// <summary>A step further. Slow readers get the latest only.</summary>
public sealed record JobAdvanced(string Job, JobProgress Progress) : JobNotice(Job);

/// <summary>Another place in the queue.</summary>
/// <param name="Position">Jobs of the same tenant that go first.</param>
/// <param name="Wait">Until it is likely to begin.</param>
public sealed record JobPlaced(string Job, int Position, TimeSpan? Wait) : JobNotice(Job);

/// <summary>The connection to the server was lost, or is back; nothing is missed in between.</summary>
public sealed record ConnectionChanged(string Job, bool Connected) : JobNotice(Job);
