using System.CommandLine;
using Gesso.Diffusion.Adapters;

namespace Gesso.Cli.Commands.Lora;

/// <summary><c>gesso lora resize</c>: a smaller rank that changes as much as it can; also makes LoRA of LoKr, LoHa and differences.</summary>
internal static class ResizeLora
{
    public static Command Create()
    {
        var (path, model, target, to, type) = (LoraArguments.File(), LoraArguments.Model(), LoraArguments.Out(), LoraArguments.Dialect(), LoraArguments.Type());
        var rank = new Option<int>("--rank") { Description = "Largest rank of a layer.", HelpName = "N", Required = true };
        var (ratio, cumulative, frobenius) = (LoraArguments.Ratio(), LoraArguments.Cumulative(), LoraArguments.Frobenius());
        var command = new Command("resize", "Write an adapter as a LoRA of another rank.") { path, rank, target, ratio, cumulative, frobenius, to, type, model };
        command.SetAction(parsed =>
        {
            using var file = LoraArguments.Open(parsed.GetValue(path)!);
            var fitting = LoraArguments.Fit(file, parsed.GetValue(model));
            var rule = LoraArguments.Rule(parsed.GetValue(rank), parsed.GetValue(ratio), parsed.GetValue(cumulative), parsed.GetValue(frobenius));
            int vectors = fitting.Plan.Changes.Count(c => c.Target.IsParameter || !c.Module.HasWeight);
            if (vectors > 0)
                parsed.InvocationConfiguration.Error.WriteLine($"note: {vectors} changes of biases and norms have no rank and are left out.");
            LoraArguments.Write(parsed, parsed.GetValue(target)!, LoraResizing.Resize(fitting.Plan, fitting.Model, rule), fitting.Model,
                LoraArguments.DialectOf(parsed.GetValue(to)!), LoraArguments.TypeOf(parsed.GetValue(type)!),
                file.Metadata.Where(m => m.Key is not ("ss_network_dim" or "ss_network_alpha")).ToDictionary());
            return ExitCodes.Ok;
        });
        return command;
    }
}
