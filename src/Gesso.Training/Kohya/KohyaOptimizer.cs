using System.Globalization;
using Gesso.Contracts.Errors;
using Gesso.Training.Optimizers;

namespace Gesso.Training.Kohya;

/// <summary><c>--optimizer_type</c> and <c>--optimizer_args</c>.</summary>
internal static class KohyaOptimizer
{
    /// <returns>Null: none was named.</returns>
    /// <exception cref="GessoException"><c>not_supported</c>, <c>bad_value</c>.</exception>
    public static OptimizerPlan? Read(KohyaArguments arguments, List<string> notes)
    {
        string? name = arguments.Text("optimizer_type") ?? (arguments.Has("use_8bit_adam") ? "AdamW8bit" : arguments.Has("use_lion_optimizer") ? "Lion" : null);
        if (name is null)
            return arguments.Has("optimizer_args") ? With(new OptimizerPlan(), arguments) : null;
        if (name.Contains("8bit", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Paged", StringComparison.OrdinalIgnoreCase))
            notes.Add($"{name}: an adapter's optimiser needs so little memory that Gesso keeps it in full precision, which trains the same.");
        var kind = name.ToLowerInvariant().Replace("paged", "").Replace("8bit", "").Replace("32bit", "") switch
        {
            "adamw" or "adam" => OptimizerKind.AdamW,
            "prodigy" => OptimizerKind.Prodigy,
            "adafactor" => OptimizerKind.Adafactor,
            "lion" => OptimizerKind.Lion,
            "adamwschedulefree" => OptimizerKind.ScheduleFreeAdamW,
            "muon" => OptimizerKind.Muon,
            _ => throw GessoException.Invalid("not_supported",
                $"--optimizer_type {name}: expected AdamW, Prodigy, Adafactor, Lion, AdamWScheduleFree or Muon, or one of the first's 8-bit forms."),
        };
        // kohya hands arguments to transformers' Adafactor, which sets its own rate unless told not to
        OptimizerPlan plan = new() { Kind = kind };
        if (kind == OptimizerKind.Adafactor)
            plan = plan with { Adafactor = plan.Adafactor with { RelativeStep = true, ScaleParameter = true } };
        if (kind == OptimizerKind.Prodigy)
            plan = plan with { Prodigy = plan.Prodigy with { BiasCorrection = false, SafeguardWarmup = false } };
        return With(plan, arguments);
    }

    private static OptimizerPlan With(OptimizerPlan plan, KohyaArguments arguments)
    {
        foreach (string argument in arguments.Texts("optimizer_args"))
        {
            string[] parts = argument.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length != 2)
                throw GessoException.Invalid("bad_value", $"--optimizer_args: expected name=value, got \"{argument}\".");
            plan = Set(plan, parts[0], parts[1]);
        }
        return plan;
    }

    private static OptimizerPlan Set(OptimizerPlan plan, string name, string value) => name switch
    {
        "weight_decay" => plan with { WeightDecay = Number(name, value) },
        "eps" => plan with { Epsilon = Number(name, value.Trim('(', ')').Split(',')[0]) },
        "betas" => value.Trim('(', ')', '[', ']').Split(',') is [var first, var second, ..]
            ? plan with { Beta1 = Number(name, first), Beta2 = Number(name, second) }
            : throw GessoException.Invalid("bad_value", $"--optimizer_args betas: expected two numbers such as 0.9,0.999, got \"{value}\"."),
        "relative_step" => plan with { Adafactor = plan.Adafactor with { RelativeStep = Truth(name, value) } },
        "scale_parameter" => plan with { Adafactor = plan.Adafactor with { ScaleParameter = Truth(name, value) } },
        "warmup_init" => plan with { Adafactor = plan.Adafactor with { WarmupInit = Truth(name, value) } },
        "clip_threshold" => plan with { Adafactor = plan.Adafactor with { ClipThreshold = Number(name, value) } },
        "d0" => plan with { Prodigy = plan.Prodigy with { FirstDistance = Number(name, value) } },
        "d_coef" => plan with { Prodigy = plan.Prodigy with { Coefficient = Number(name, value) } },
        "growth_rate" => plan with { Prodigy = plan.Prodigy with { GrowthRate = Number(name, value) } },
        "use_bias_correction" => plan with { Prodigy = plan.Prodigy with { BiasCorrection = Truth(name, value) } },
        "safeguard_warmup" => plan with { Prodigy = plan.Prodigy with { SafeguardWarmup = Truth(name, value) } },
        "decouple" when Truth(name, value) => plan,
        "momentum" => plan with { Beta1 = Number(name, value) },
        _ => throw GessoException.Invalid("not_supported", $"--optimizer_args {name} would change the result and is not there in Gesso. Leave it out."),
    };

    private static double Number(string name, string value) => double.TryParse(value.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : throw GessoException.Invalid("bad_value", $"--optimizer_args {name}: expected a number, got \"{value}\".");

    private static bool Truth(string name, string value) => bool.TryParse(value, out bool truth) ? truth
        : throw GessoException.Invalid("bad_value", $"--optimizer_args {name}: expected True or False, got \"{value}\".");
}
