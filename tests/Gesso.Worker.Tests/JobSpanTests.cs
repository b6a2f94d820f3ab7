using System.Diagnostics;
using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Jobs;

namespace Gesso.Worker.Tests;

public sealed class JobSpanTests : IDisposable
{
    private const string Request = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = source => source.Name == "Gesso.Worker",
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
    };

    public JobSpanTests() => ActivitySource.AddActivityListener(_listener);

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void First_attempt_continues_the_trace_of_its_request_down_to_the_steps()
    {
        using var span = JobSpan.Start(Job(attempt: 1, Request))!;
        span.AddStep(new GenerationStep { Image = 1, Images = 2, Step = 3, Steps = 4 });

        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", span.TraceId.ToHexString());
        Assert.Equal("00f067aa0ba902b7", span.ParentSpanId.ToHexString());
        Assert.Equal("image", span.GetTagItem("gen_ai.output.type"));
        Assert.Equal("m", span.GetTagItem("gen_ai.request.model"));
        Assert.Contains(Assert.Single(span.Events).Tags, tag => tag is { Key: "gesso.step", Value: 3 });
        Assert.DoesNotContain(span.TagObjects, tag => tag.Value is "a prompt");
    }

    [Fact]
    public void Later_attempt_has_a_trace_of_its_own_with_a_link()
    {
        using var span = JobSpan.Start(Job(attempt: 2, Request))!;

        Assert.NotEqual("4bf92f3577b34da6a3ce929d0e0e4736", span.TraceId.ToHexString());
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", Assert.Single(span.Links).Context.TraceId.ToHexString());
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, null)]
    [InlineData(1, "nonsense")]
    public void Job_without_a_trace_gets_one(int attempt, string? parent)
    {
        using var span = JobSpan.Start(Job(attempt, parent))!;

        Assert.NotEqual(default, span.TraceId);
        Assert.Empty(span.Links);
    }

    private static Job Job(int attempt, string? parent) => new()
    {
        Id = new JobId("job_1"),
        Tenant = TenantId.Default,
        Key = new ApiKeyId("key_1"),
        Work = new ImageJob { Model = "m", Prompt = "a prompt", Seed = 1 },
        State = JobState.Running,
        Priority = 0,
        Attempt = attempt,
        Crashes = 0,
        Beat = 0,
        Created = default,
        EstimatedSeconds = 1,
        DeviceSeconds = 0,
        LastEvent = 1,
        TraceParent = parent,
    };
}
