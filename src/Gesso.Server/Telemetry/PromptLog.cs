using Gesso.Platform.Jobs;
using Gesso.Server.Hosting;

namespace Gesso.Server.Telemetry;

/// <summary>
/// The one place that writes prompts to the log, and only where <see cref="SecurityOptions.LogPrompts"/> asks for it: for operators who must be able to tell what
/// was drawn.
/// </summary>
internal sealed partial class PromptLog(ServerOptions options, ILogger<PromptLog> logger)
{
    public void Note(Job job)
    {
        if (options.Security.LogPrompts)
            Log.Prompt(logger, job.Id.Value, job.Tenant.Value, job.Key.Value, job.Work.Model, job.Work.Prompt, job.Work.NegativePrompt ?? "");
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Job} of {Tenant}, {Key}, for {Model}: \"{Prompt}\", not \"{NegativePrompt}\"")]
        public static partial void Prompt(ILogger logger, string job, string tenant, string key, string model, string prompt, string negativePrompt);
    }
}
