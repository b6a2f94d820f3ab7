using Gesso.Contracts.Images;
using Gesso.Diffusion.Adapters;
using Gesso.Diffusion.Pipelines;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Pipelines;

public sealed class PlanFingerprintTests
{
    private static readonly DenoisePlan Plan = TinyPipeline.Plan with { InitImage = Pictures.Gradient(32, 24) };

    /// <summary>One change for each member of a plan, by its name.</summary>
    private static readonly Dictionary<string, DenoisePlan> Changes = new()
    {
        [nameof(DenoisePlan.Prompt)] = Plan with { Prompt = "another" },
        [nameof(DenoisePlan.Prompt2)] = Plan with { Prompt2 = "another" },
        [nameof(DenoisePlan.NegativePrompt)] = Plan with { NegativePrompt = "" },
        [nameof(DenoisePlan.Size)] = Plan with { Size = new ImageSize(24, 32) },
        [nameof(DenoisePlan.Steps)] = Plan with { Steps = 5 },
        [nameof(DenoisePlan.Guidance)] = Plan with { Guidance = 3.500000001 },
        [nameof(DenoisePlan.TrueGuidance)] = Plan with { TrueGuidance = 1.5 },
        [nameof(DenoisePlan.Seed)] = Plan with { Seed = new Seed(8) },
        [nameof(DenoisePlan.Sampler)] = Plan with { Sampler = "unipc" },
        [nameof(DenoisePlan.Parity)] = Plan with { Parity = ParityMode.Bfl },
        [nameof(DenoisePlan.TextLength)] = Plan with { TextLength = 17 },
        [nameof(DenoisePlan.InitImage)] = Plan with { InitImage = Pictures.Noise(32, 24, 3, 1) },
        [nameof(DenoisePlan.Mask)] = Plan with { Mask = Pictures.Grey(32, 24, (_, _) => 0) },
        [nameof(DenoisePlan.ControlImage)] = Plan with { ControlImage = Pictures.Noise(32, 24, 3, 1) },
        [nameof(DenoisePlan.Strength)] = Plan with { Strength = 0.9 },
        [nameof(DenoisePlan.Adapters)] = Plan with { Adapters = [new PlannedAdapter("a.safetensors", new string('0', 64), 0.5)] },
        [nameof(DenoisePlan.Sigmas)] = Plan with { Sigmas = [1, 0] },
    };

    [Fact]
    public void Fingerprint_depends_on_every_member_that_can_be_set()
    {
        IEnumerable<string> settable = typeof(DenoisePlan).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);

        Assert.Equal(settable.Order(), Changes.Keys.Order());
        Assert.Equal(Changes.Count + 1, Changes.Values.Append(Plan).Select(PlanFingerprint.Of).Distinct().Count());
    }

    [Fact]
    public void Equal_plans_have_equal_fingerprints()
    {
        var equal = Plan with { InitImage = Pictures.Gradient(32, 24), Sigmas = [1, 0.5f, 0] };

        Assert.Equal(PlanFingerprint.Of(Plan with { Sigmas = [1, 0.5f, 0] }), PlanFingerprint.Of(equal));
    }

    [Fact]
    public void Text_does_not_run_over_from_one_field_into_the_next() =>
        Assert.NotEqual(PlanFingerprint.Of(Plan with { Prompt = "ab", Prompt2 = "c" }), PlanFingerprint.Of(Plan with { Prompt = "a", Prompt2 = "bc" }));
}
