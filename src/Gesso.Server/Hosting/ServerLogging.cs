using Gesso.Server.Telemetry;
using Microsoft.Extensions.Logging.Console;

namespace Gesso.Server.Hosting;

/// <summary>How servers and workers log: one line an event on the error stream, as text or JSON.</summary>
public static class ServerLogging
{
    public static void Configure(ILoggingBuilder builder, ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        builder.ClearProviders()
            .SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
            .AddFilter("Microsoft.Hosting", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical)                   // a start that fails is told in one sentence
            .AddFilter("System.Net.Http", LogLevel.Warning);
        if (options.Telemetry.Logs == "json")
            builder.AddJsonConsole(o => (o.IncludeScopes, o.UseUtcTimestamp, o.TimestampFormat) = (true, true, LogLine.TimeFormat));
        else
            builder.AddConsole(o => o.FormatterName = LogLine.FormatterName).AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
        _ = builder.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
    }
}
