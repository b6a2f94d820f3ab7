using CsCheck;
using Gesso.Contracts.Images;
using Gesso.Contracts.Models;
using Gesso.Testing;

namespace Gesso.Engine.Tests;

public sealed class GenerationPlanTests
{
    private static readonly ModelCard Card = new()
    {
        Name = "some model",
        Variant = "FLUX.1 dev",
        Path = "somewhere",
        Fingerprint = "0",
        Defaults = new ModelDefaults
        {
            Size = new ImageSize(128, 64),
            Steps = 28,
            Guidance = 3.5,
            TrueGuidance = 1,
            NegativePrompt = "ugly",
            TextLength = 100,
            Sampler = "euler",
        },
        PixelStep = 16,
        MaxTextLength = 100,
        TakesGuidance = true,
    };

    private static readonly ImageRequest Request = new() { Prompt = "a box" };
    private static readonly RasterImage Picture = Pictures.Gradient(40, 30);

    /// <summary>A request, and the sentence that must refuse it.</summary>
    public static TheoryData<string, string, Func<ImageRequest, ImageRequest>> OutOfRange => new()
    {
        { "Steps: expected 1 to 1000, got 0.", "out_of_range", r => r with { Steps = 0 } },
        { "Steps: expected 1 to 1000, got -5.", "out_of_range", r => r with { Steps = -5 } },
        { "Steps: expected 1 to 1000, got 1001.", "out_of_range", r => r with { Steps = 1001 } },
        { "Guidance: expected 0 to 100, got -0.1.", "out_of_range", r => r with { Guidance = -0.1 } },
        { "Guidance: expected 0 to 100, got 100.5.", "out_of_range", r => r with { Guidance = 100.5 } },
        { "Guidance: expected 0 to 100, got NaN.", "out_of_range", r => r with { Guidance = double.NaN } },
        { "True guidance (cfg): expected 1 to 100, got 0.5.", "out_of_range", r => r with { TrueGuidance = 0.5 } },
        { "True guidance (cfg): expected 1 to 100, got Infinity.", "out_of_range", r => r with { TrueGuidance = double.PositiveInfinity } },
        { "Count: expected 1 to 1000, got 0.", "out_of_range", r => r with { Count = 0 } },
        { "Count: expected 1 to 1000, got 1001.", "out_of_range", r => r with { Count = 1001 } },
        { "Text length: expected 1 to 4096, got 0.", "out_of_range", r => r with { TextLength = 0 } },
        { "Text length: expected 1 to 4096, got 4097.", "out_of_range", r => r with { TextLength = 4097 } },
        { "Strength: expected 0 to 1, got 1.01.", "out_of_range", r => r with { InitImage = Picture, Strength = 1.01 } },
        { "Strength: expected 0 to 1, got -0.5.", "out_of_range", r => r with { InitImage = Picture, Strength = -0.5 } },
        { "Strength: expected 0 to 1, got NaN.", "out_of_range", r => r with { InitImage = Picture, Strength = double.NaN } },
        { "Strength 0 leaves none of the 28 steps", "strength_too_low", r => r with { InitImage = Picture, Strength = 0 } },
        { "Seed: expected 0 to 9223372036854775807, got -1.", "bad_seed", r => r with { Seed = new Seed(-1) } },
        { "Size: 15x64 is too small; some model draws at least 16x16 pixels.", "bad_size", r => r with { Size = new ImageSize(15, 64) } },
        { "Size: 64x0 is too small", "bad_size", r => r with { Size = new ImageSize(64, 0) } },
        { "Size: -64x64 is too small", "bad_size", r => r with { Size = new ImageSize(-64, 64) } },
        { "Size: 64x8193 is too large; a side has at most 8192 pixels.", "bad_size", r => r with { Size = new ImageSize(64, 8193) } },
        { "Prompt: expected at most 100000 characters, got 100001.", "prompt_too_long", r => r with { Prompt = new string('a', 100_001) } },
        { "Prompt 2: expected at most 100000 characters, got 100001.", "prompt_too_long", r => r with { Prompt2 = new string('a', 100_001) } },
        { "Negative prompt: expected at most 100000 characters, got 100001.", "prompt_too_long", r => r with { NegativePrompt = new string('a', 100_001) } },
        { "There is no sampler \"ddim\"; choose one of euler", "unknown_sampler", r => r with { Sampler = "ddim" } },
        { "A mask needs an initial picture", "mask_without_image", r => r with { Mask = Picture } },
        { "Strength needs an initial picture", "strength_without_image", r => r with { Strength = 0.5 } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void Values_out_of_range_are_refused_by_field_value_and_range(string sentence, string code, Func<ImageRequest, ImageRequest> change)
    {
        Assert.Contains(sentence, Refusal.Of(code, () => Create(change(Request))));
    }

    [Fact]
    public void What_is_left_open_comes_from_the_model()
    {
        var plan = Create(Request);

        Assert.Equal((1, "a box", "a box"), (plan.Count, plan.First.Prompt, plan.First.Prompt2));
        Assert.Equal((Card.Defaults.Size, 28, 3.5, 1.0), (plan.First.Size, plan.First.Steps, plan.First.Guidance, plan.First.TrueGuidance));
        Assert.Equal((new Seed(5), "euler", ParityMode.Diffusers, 100), (plan.First.Seed, plan.First.Sampler, plan.First.Parity, plan.First.TextLength));
        Assert.Equal((null, null, null), (plan.First.NegativePrompt, plan.First.InitImage, plan.First.Mask));
        Assert.Empty(plan.Notes);
    }

    [Fact]
    public void The_negative_prompt_of_the_model_is_used_only_under_true_guidance()
    {
        Assert.Null(Create(Request).First.NegativePrompt);
        Assert.Equal("ugly", Create(Request with { TrueGuidance = 2 }).First.NegativePrompt);
        Assert.Equal("", Create(Request with { TrueGuidance = 2, NegativePrompt = "" }).First.NegativePrompt);
    }

    [Fact]
    public void Sizes_become_multiples_of_the_step_with_a_note() => Gen.Select(Gen.Int[16, 8192], Gen.Int[16, 8192]).Sample((width, height) =>
    {
        var asked = new ImageSize(width, height);
        var plan = Create(Request with { Size = asked });
        var size = plan.First.Size;
        bool whole = size.Width % 16 == 0 && size.Height % 16 == 0 && width - size.Width is >= 0 and < 16 && height - size.Height is >= 0 and < 16;
        string[] note = size == asked ? [] : [$"Size {asked} becomes {size}: sides are multiples of 16."];
        return whole && plan.Notes.SequenceEqual(note);
    });

    [Fact]
    public void Without_a_size_an_initial_picture_gives_its_own()
    {
        var plan = Create(Request with { InitImage = Picture });

        Assert.Equal(new ImageSize(32, 16), plan.First.Size);
        Assert.Contains("Size 40x30 becomes 32x16", plan.Notes.Single());
    }

    [Fact]
    public void Pictures_are_brought_to_the_size_as_rgb_and_grey()
    {
        var plan = Create(Request with
        {
            Size = new ImageSize(48, 32),
            InitImage = Pictures.Noise(20, 30, 4, 1),
            Mask = Pictures.Noise(7, 9, 3, 2),
        });

        Assert.Equal((new ImageSize(48, 32), 3), (plan.First.InitImage!.Size, plan.First.InitImage.Channels));
        Assert.Equal((new ImageSize(48, 32), 1), (plan.First.Mask!.Size, plan.First.Mask.Channels));
        Assert.Equal(0.6, plan.First.Strength);
    }

    [Fact]
    public void Guidance_that_a_model_does_not_take_is_noted()
    {
        Assert.Contains("3.5 is ignored", Create(Request with { Guidance = 3.5 }, Card with { TakesGuidance = false }).Notes.Single());
        Assert.Empty(Create(Request, Card with { TakesGuidance = false }).Notes);
        Assert.Empty(Create(Request with { Guidance = 0 }, Card with { TakesGuidance = false }).Notes);
    }

    [Fact]
    public void A_text_length_beyond_the_model_is_cut_with_a_note()
    {
        var plan = Create(Request with { TextLength = 300 });

        Assert.Equal(100, plan.First.TextLength);
        Assert.Contains("Text length 300 is more than the 100 tokens", plan.Notes.Single());
    }

    [Fact]
    public void Pictures_of_a_series_count_their_seeds_up() => Gen.Select(Gen.Long[0, long.MaxValue], Gen.Int[0, 999]).Sample((seed, index) =>
    {
        var plan = Create(Request with { Seed = new Seed(seed), Count = 1000 });
        long next = plan.Picture(index).Seed.Value;
        return next >= 0 && next == (long)(((ulong)seed + (ulong)index) & long.MaxValue) && plan.Picture(index) with { Seed = plan.First.Seed } == plan.First;
    });

    [Fact]
    public void The_borders_of_every_range_are_inside()
    {
        foreach (var request in new[]
        {
            Request with { Steps = 1, Guidance = 0, TrueGuidance = 1, Count = 1, TextLength = 1, Seed = new Seed(0), Size = new ImageSize(16, 16) },
            Request with { Steps = 1000, Guidance = 100, TrueGuidance = 100, Count = 1000, TextLength = 100 },
            Request with { Seed = new Seed(long.MaxValue), Size = new ImageSize(8192, 8192) },
            Request with { InitImage = Picture, Strength = 1 },
            Request with { InitImage = Picture, Strength = 0.0001, Mask = Picture },
            Request with { Prompt = "" },
            Request with { Prompt = new string('a', 100_000) },
        })
        {
            Assert.NotNull(Create(request));
        }
    }

    private static GenerationPlan Create(ImageRequest request, ModelCard? card = null) => GenerationPlan.Create(request, card ?? Card, new Seed(5));
}
