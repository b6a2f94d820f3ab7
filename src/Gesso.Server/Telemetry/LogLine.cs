using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gesso.Server.Telemetry;

/// <summary>
/// A log line for people: time, level, what, and the request it belongs to. Line feeds inside are escaped, so that one event is one line whatever stands in it;
/// only the trace of an exception goes on below.
/// </summary>
internal sealed class LogLine(TimeProvider? time = null) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "gesso";
    public const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(_time.GetUtcNow().ToString(TimeFormat, CultureInfo.InvariantCulture));
        textWriter.Write(Padded(logEntry.LogLevel));
        textWriter.Write(logEntry.Category);
        textWriter.Write(": ");
        textWriter.Write(logEntry.Formatter(logEntry.State, logEntry.Exception).ReplaceLineEndings("\\n"));
        scopeProvider?.ForEachScope(WriteRequest, textWriter);
        textWriter.WriteLine();
        if (logEntry.Exception is { } exception)
            textWriter.WriteLine(exception);
    }

    private static void WriteRequest(object? scope, TextWriter writer)
    {
        if (scope is RequestScope request)
        {
            writer.Write(" [");
            writer.Write(request.Id);
            writer.Write(']');
        }
    }

    private static string Padded(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace ",
        LogLevel.Debug => "debug ",
        LogLevel.Information => "info  ",
        LogLevel.Warning => "warn  ",
        LogLevel.Error => "error ",
        _ => "fatal ",
    };
}
