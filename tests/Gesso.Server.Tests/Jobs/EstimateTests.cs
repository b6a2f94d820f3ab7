using Gesso.Contracts.Images;
using Gesso.Platform;
using Gesso.Platform.Assets;
using Gesso.Platform.Jobs;
using Gesso.Server.Hosting;
using Gesso.Server.Jobs;

namespace Gesso.Server.Tests.Jobs;

public sealed class EstimateTests
{
    private static readonly ServedModel s_model = new("m", [], ServedModel.NullCard("m", new ModelOptions { NullSteps = 20 }), SecondsPerUnit: 0.5, IsNull: false, Workers: 1, null);
    private static readonly ImageJob s_work = new() { Model = "m", Prompt = "p", Seed = 0, Size = new ImageSize(1000, 1000) };

    [Fact]
    public void Work_grows_with_steps_pictures_and_guidance()
    {
        Assert.Equal(10, Seconds(s_work), 6);
        Assert.Equal(2, Seconds(s_work with { Steps = 4 }), 6);
        Assert.Equal(30, Seconds(s_work with { Count = 3 }), 6);
        Assert.Equal(20, Seconds(s_work with { TrueGuidance = 1.5 }), 6);
        Assert.Equal(5, Seconds(s_work with { InitImage = AssetKey.Of("x"u8), Strength = 0.5 }), 6);
    }

    [Fact]
    public void Null_engine_takes_the_time_it_was_told() =>
        Assert.Equal(0.6, WorkEstimate.Seconds(s_work with { Count = 3 }, s_model with { IsNull = true }, nullStepSeconds: 0.01), 6);

    [Fact]
    public void Nothing_is_free() => Assert.True(WorkEstimate.Seconds(s_work, s_model with { IsNull = true }, 0) > 0);

    [Theory]
    [InlineData(0, 5, 20, 0.25, 30.0)]
    [InlineData(1, 0, 20, 0.5, 10.0)]
    public void Progress_tells_how_far_and_how_long(int image, int step, int steps, double fraction, double left)
    {
        var start = DateTimeOffset.UnixEpoch;
        JobProgress progress = new() { Attempt = new JobAttempt(new JobId("job"), 1), Image = image, Images = image + 1, Step = step, Steps = steps };

        var estimate = ProgressEstimate.Of(Started(start), progress, start.AddSeconds(10));

        Assert.Equal((fraction, left), (estimate.Fraction, estimate.SecondsLeft));
    }

    [Fact]
    public void Attempt_that_may_have_resumed_tells_no_time()
    {
        JobProgress progress = new() { Attempt = new JobAttempt(new JobId("job"), 2), Image = 0, Images = 1, Step = 5, Steps = 10 };

        Assert.Equal(new ProgressEstimate(0.5, null), ProgressEstimate.Of(Started(DateTimeOffset.UnixEpoch), progress, DateTimeOffset.UnixEpoch.AddSeconds(1)));
    }

    private static double Seconds(ImageJob work) => WorkEstimate.Seconds(work, s_model, 0);

    private static Job Started(DateTimeOffset start) => new()
    {
        Id = new JobId("job"),
        Tenant = TenantId.Default,
        Key = new ApiKeyId("key_x"),
        Work = s_work,
        State = JobState.Running,
        Priority = 0,
        Attempt = 1,
        Crashes = 0,
        Beat = 0,
        Created = start,
        Started = start,
        EstimatedSeconds = 1,
        DeviceSeconds = 0,
        LastEvent = 2,
    };
}
