using System.Diagnostics;
using Gesso.Contracts.Images;
using Gesso.Platform.Jobs;

namespace Gesso.Worker;

/// <summary>
/// The span of one attempt. The first one continues the trace of the request that made the job, so a picture can be followed from HTTP to its last step; later
/// ones have traces of their own that link to it, as OpenTelemetry asks of retries.
/// </summary>
internal static class JobSpan
{
    private static readonly ActivitySource Source = new("Gesso.Worker");

    /// <returns>Null: nobody listens.</returns>
    public static Activity? Start(Job job)
    {
        _ = ActivityContext.TryParse(job.TraceParent, null, isRemote: true, out var origin);
        bool isFirst = job.Attempt == 1;
        var span = isFirst
            ? Source.StartActivity("draw", ActivityKind.Consumer, origin)
            : Source.StartActivity("draw", ActivityKind.Consumer, default(ActivityContext), links: origin == default ? null : [new ActivityLink(origin)]);
        return span?
            .SetTag("gen_ai.operation.name", "generate_content")
            .SetTag("gen_ai.provider.name", "gesso")
            .SetTag("gen_ai.request.model", job.Work.Model)
            .SetTag("gen_ai.output.type", "image")
            .SetTag("gesso.job.id", job.Id.Value)
            .SetTag("gesso.job.attempt", job.Attempt)
            .SetTag("gesso.pictures", job.Work.Count);
    }

    public static void AddStep(this Activity span, GenerationStep step) => span.AddEvent(new ActivityEvent(
        "step", tags: new ActivityTagsCollection { ["gesso.picture"] = step.Image, ["gesso.step"] = step.Step, ["gesso.steps"] = step.Steps }));
}
