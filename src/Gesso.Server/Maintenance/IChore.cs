namespace Gesso.Server.Maintenance;

/// <summary>Something every server does again and again. Several servers do it on one store, so doing it twice must not matter.</summary>
internal interface IChore
{
    /// <summary>For the log.</summary>
    string Name { get; }

    TimeSpan Period { get; }

    Task RunAsync(CancellationToken cancellation);
}
