using Gesso.Contracts.Images;
using Gesso.Diffusion.Pipelines;
using Gesso.Diffusion.Samplers;
using Gesso.Diffusion.Schedules;
using Gesso.Testing;

namespace Gesso.Diffusion.Tests.Pipelines;

/// <summary>The three conventions differ where <see cref="ParityMode"/> says, and nowhere else.</summary>
public sealed class ParityTests(TinyPipeline tiny) : IClassFixture<TinyPipeline>
{
    private static readonly DenoisePlan Plan = TinyPipeline.Plan;

    [Fact]
    public void Bfl_differs_in_its_noise_alone()
    {
        var diffusers = TinyPipeline.Record(tiny.Dev, Plan);
        var bfl = TinyPipeline.Record(tiny.Dev, Plan with { Parity = ParityMode.Bfl });

        Assert.Equal(["noise"], Different(diffusers, bfl));
        Assert.Equal(diffusers["noise"], bfl["noise"], (a, b) => Math.Abs(a - b) <= 0.004 * Math.Abs(a));
    }

    [Fact]
    public void Comfy_differs_in_text_length_and_shift_alone()
    {
        var diffusers = TinyPipeline.Record(tiny.Dev, Plan);
        var comfy = TinyPipeline.Record(tiny.Dev, Plan with { Parity = ParityMode.Comfy });

        Assert.Equal(["encoder_hidden_states", "timesteps", "txt_ids"], Different(diffusers, comfy));
        Assert.Equal([1, 256, tiny.Dev.TransformerConfig.ContextDim], comfy.Shape("encoder_hidden_states"));
        Assert.Equal(FlowSchedule.Create(Plan.Steps, 1.15).Sigmas, comfy["timesteps"]);
        Assert.Equal(FlowSchedule.Create(Plan.Steps, tiny.Dev.Shift.Mu(12, Plan.Steps)).Sigmas, diffusers["timesteps"]);
    }

    [Fact]
    public void Comfy_does_not_shift_what_is_made_without_a_shift()
    {
        Assert.Equal(
            ["encoder_hidden_states", "txt_ids"],
            Different(TinyPipeline.Record(tiny.Schnell, Plan), TinyPipeline.Record(tiny.Schnell, Plan with { Parity = ParityMode.Comfy })));
    }

    [Fact]
    public void Comfy_grows_with_the_prompt_where_the_others_cut_it()
    {
        string prompt = string.Concat(Enumerable.Repeat("a ", 400));
        var plan = Plan with { Prompt2 = prompt };
        int tokens = tiny.Dev.T5Tokenizer.Encode(prompt).Length;
        Assert.True(tokens > 256);

        Assert.Equal(tokens, TinyPipeline.Record(tiny.Dev, plan with { Parity = ParityMode.Comfy }).Shape("encoder_hidden_states")[1]);
        Assert.Equal(plan.TextLength, TinyPipeline.Record(tiny.Dev, plan).Shape("encoder_hidden_states")[1]);
        Assert.Equal(plan.TextLength, TinyPipeline.Record(tiny.Dev, plan with { Parity = ParityMode.Bfl }).Shape("encoder_hidden_states")[1]);
    }

    [Fact]
    public void With_the_same_text_length_and_no_shift_comfy_draws_the_latents_of_diffusers()
    {
        var plan = Plan with { TextLength = 256 };

        Assert.Equal(TinyPipeline.Latents(tiny.Schnell, plan), TinyPipeline.Latents(tiny.Schnell, plan with { Parity = ParityMode.Comfy }));
    }

    [Theory]
    [InlineData(SamplerCatalog.Dpmpp2M)]
    [InlineData(SamplerCatalog.UniPc)]
    public void Only_diffusers_gives_the_network_whole_thousandths(string sampler)
    {
        var exact = new Recording();
        var rounded = new Recording();
        TinyPipeline.Latents(tiny.Dev, Plan with { Sampler = sampler, Parity = ParityMode.Bfl }, exact);
        TinyPipeline.Latents(tiny.Dev, Plan with { Sampler = sampler }, rounded);

        for (int call = 0; call < Plan.Steps; call++)
        {
            Assert.Equal(exact["timesteps"][call], exact[$"call.{call}.t"][0]);
            Assert.Equal(MathF.Truncate(exact["timesteps"][call] * 1000) / 1000, rounded[$"call.{call}.t"][0]);
        }
    }

    [Fact]
    public void Posteriors_are_sampled_by_diffusers_alone()
    {
        // a sample of the posterior takes the first draw of the generator, so the noise that follows is another one
        var plan = Plan with { InitImage = Pictures.Gradient(32, 24), Strength = 0.5 };
        float[] comfy = TinyPipeline.Record(tiny.Schnell, plan with { Parity = ParityMode.Comfy })["noise"];
        float[] diffusers = TinyPipeline.Record(tiny.Schnell, plan)["noise"];
        float[] withoutPicture = TinyPipeline.Record(tiny.Schnell, Plan)["noise"];

        Assert.Equal(withoutPicture, comfy);
        Assert.NotEqual(withoutPicture, diffusers);
    }

    /// <summary>Names of what the two starts differ in.</summary>
    private static IEnumerable<string> Different(Recording a, Recording b)
    {
        Assert.Equal(a.Names.Order(), b.Names.Order());
        return a.Names.Where(n => !a.Shape(n).SequenceEqual(b.Shape(n)) || !a[n].SequenceEqual(b[n])).Order();
    }
}
