using Gesso.Server.Hosting;
using Gesso.Server.Json;

namespace Gesso.Server.Automatic1111;

/// <summary>What txt2img and img2img understand of AUTOMATIC1111's many parameters; the rest is passed over, as clients send their whole settings.</summary>
internal sealed class SdFields
{
    private static readonly TextField s_checkpoint = new("sd_model_checkpoint", "Model for this request.", 300);

    public SdFields(ServerOptions options)
    {
        var limits = options.Limits;
        Prompt = new TextField("prompt", "What to draw; <lora:NAME:WEIGHT> in it draws with an adapter.", limits.MaxPromptCharacters) { Default = "" };
        NegativePrompt = new TextField("negative_prompt", "What must not be seen; needs cfg_scale above 1.", limits.MaxPromptCharacters) { Default = "" };
        Steps = new IntegerField("steps", "Denoising steps.", 1, limits.MaxSteps);
        BatchSize = new IntegerField("batch_size", "Pictures at a time.", 1, limits.MaxCount) { Default = 1 };
        Iterations = new IntegerField("n_iter", "How often.", 1, limits.MaxCount) { Default = 1 };
        Field[] both = [Prompt, NegativePrompt, Width, Height, Steps, CfgScale, DistilledCfgScale, SamplerName, SamplerIndex, Seed, BatchSize, Iterations, Override];
        TextToImage = new FieldSet(both);
        ImageToImage = new FieldSet([.. both, InitImages, Mask, InvertMask, DenoisingStrength]);
    }

    public FieldSet TextToImage { get; }

    public FieldSet ImageToImage { get; }

    public TextField Prompt { get; }

    public TextField NegativePrompt { get; }

    public IntegerField Steps { get; }

    public IntegerField BatchSize { get; }

    public IntegerField Iterations { get; }

    public IntegerField Width { get; } = new("width", "Pixels; the model's own when both are left out.", 1, 100_000);

    public IntegerField Height { get; } = new("height", "Pixels; the model's own when both are left out.", 1, 100_000);

    public NumberField CfgScale { get; } = new(
        "cfg_scale", "Classifier-free guidance; the distilled guidance where a model takes that and distilled_cfg_scale is left out.", 0, 100);

    public NumberField DistilledCfgScale { get; } = new("distilled_cfg_scale", "Distilled guidance, as Forge has it.", 0, 100);

    public TextField SamplerName { get; } = new("sampler_name", "One of GET /sdapi/v1/samplers; others become the model's own.", 100);

    public TextField SamplerIndex { get; } = new("sampler_index", "An older name of sampler_name.", 100);

    public IntegerField Seed { get; } = new("seed", "-1: drawn.", -1, long.MaxValue) { Default = -1 };

    public ObjectField Override { get; } = new("override_settings", "Settings for this request.", new FieldSet(s_checkpoint));

    public PictureField InitImages { get; } = new("init_images", "A list of one picture in base 64.");

    public TextField Mask { get; } = new("mask", "A picture in base 64: white is redrawn.", int.MaxValue);

    public IntegerField InvertMask { get; } = new("inpainting_mask_invert", "Only 0: white is redrawn.", 0, 1) { Default = 0 };

    public NumberField DenoisingStrength { get; } = new("denoising_strength", "How much is redrawn.", 0, 1) { AboveLow = true, Default = 0.75 };

    public static TextField Checkpoint => s_checkpoint;

    public static FieldSet Options { get; } = new(s_checkpoint);

    public static TextField PngImage { get; } = new("image", "A PNG in base 64.", int.MaxValue) { Required = true };

    public static FieldSet PngInfo { get; } = new(PngImage);
}
