using Gesso.Contracts.Errors;
using Gesso.Diffusion.Adapters;
using Gesso.Torch.Tensors;
using Gesso.Torch.Weights;

namespace Gesso.Engine.Library;

/// <summary>An adapter file laid over the layers of a model, whose weights are not read.</summary>
/// <param name="Model">The layers.</param>
/// <param name="Plan">What goes where.</param>
/// <param name="Name">The model's name.</param>
public sealed record AdapterFitting(AdapterModel Model, LoraPlan Plan, string Name)
{
    /// <summary>Over a given model; over FLUX.1 as published, then over the bundled model, where none is given.</summary>
    /// <param name="file">The open adapter.</param>
    /// <param name="source">The model, or null.</param>
    /// <exception cref="GessoException">Why it fits none; of FLUX.1 where none was given.</exception>
    public static AdapterFitting Of(LoraFile file, ModelSource? source)
    {
        if (source is not null)
            return Over(file, source);
        try
        {
            var flux = AdapterModel.Flux1();
            return new AdapterFitting(flux, LoraPlan.Create(file, flux), "FLUX.1");
        }
        catch (GessoException e) when (e.Code == "adapter_wrong_width" && Bundled() is { } bundled)
        {
            try
            {
                return Over(file, bundled);
            }
            catch (GessoException)
            {
                throw e;
            }
        }
    }

    private static AdapterFitting Over(LoraFile file, ModelSource source)
    {
        using var opened = new ModelLoader(ComputeTarget.Cpu, _ => LinearStorage.Compact).Open(source);
        var names = opened.Model.Adapters.Names;
        return new AdapterFitting(names, LoraPlan.Create(file, names), opened.Card.Name);
    }

    private static ModelSource? Bundled()
    {
        try
        {
            return ModelLibrary.Default.Resolve(null, new CompanionFiles());
        }
        catch (GessoException e) when (e.Code == "model_not_found")
        {
            return null;
        }
    }
}
