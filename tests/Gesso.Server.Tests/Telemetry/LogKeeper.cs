using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gesso.Server.Tests.Telemetry;

/// <summary>Keeps every line that anything in a server logs, at every level, with its scopes.</summary>
internal sealed class LogKeeper : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> _lines = new();
    private IExternalScopeProvider? _scopes;

    public IReadOnlyList<string> Lines => [.. _lines];

    public ILogger CreateLogger(string categoryName) => new Keeper(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    private sealed class Keeper(LogKeeper keeper, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => keeper._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string line = $"{logLevel} {category}: {formatter(state, exception)} {exception}";
            keeper._scopes?.ForEachScope((scope, _) => line += $" [{scope}]", 0);
            keeper._lines.Enqueue(line);
        }
    }
}
