using System.CommandLine;
using Gesso.Diffusion.Adapters;
using Gesso.Engine.Library;
using Gesso.Torch.Native;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;

namespace Gesso.Cli.Commands.Lora;

/// <summary><c>gesso lora extract</c>: what a tuned checkpoint has more than its base, as a LoRA.</summary>
internal static class ExtractLora
{
    private const int UsualRank = 32;

    public static Command Create()
    {
        var tuned = new Argument<string>("tuned") { Description = "The tuned model: name, folder or checkpoint.", HelpName = "NAME|PATH" };
        var original = new Option<string>("--base") { Description = "The model it was tuned from.", HelpName = "NAME|PATH", Required = true };
        var (target, to, type, rank) = (LoraArguments.Out(), LoraArguments.Dialect(), LoraArguments.Type(), LoraArguments.Rank(UsualRank));
        var (ratio, cumulative, frobenius) = (LoraArguments.Ratio(), LoraArguments.Cumulative(), LoraArguments.Frobenius());
        var command = new Command("extract", "Make a LoRA of the difference between a tuned model and its base.") { tuned, original, target, rank, ratio, cumulative, frobenius, to, type };
        command.SetAction(parsed =>
        {
            var rule = LoraArguments.Rule(parsed.GetValue(rank), parsed.GetValue(ratio), parsed.GetValue(cumulative), parsed.GetValue(frobenius));
            _ = LibTorch.Load(new TorchOptions());
            using var other = Open(parsed.GetValue(original)!);
            using var model = Open(parsed.GetValue(tuned)!);
            var pairs = LoraResizing.Extract(model.Model.Transformer.Layers, other.Model.Transformer.Layers, rule);
            LoraArguments.Write(parsed, parsed.GetValue(target)!, pairs, model.Model.Adapters.Names,
                LoraArguments.DialectOf(parsed.GetValue(to)!), LoraArguments.TypeOf(parsed.GetValue(type)!), new Dictionary<string, string>());
            return ExitCodes.Ok;
        });
        return command;
    }

    private static OpenedModel Open(string model) => new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Compact).Open(LoraArguments.Source(model));
}
