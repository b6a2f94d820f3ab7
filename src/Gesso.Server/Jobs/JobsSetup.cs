using Gesso.Server.Pictures;
using Gesso.Server.Workers;

namespace Gesso.Server.Jobs;

/// <summary>What every dialect of the API rests on: orders in, news out.</summary>
internal static class JobsSetup
{
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<ModelDirectory>()
        .AddSingleton<AdapterDirectory>()
        .AddSingleton<QueueEstimate>()
        .AddSingleton<JobDrafting>()
        .AddSingleton<JobSubmission>()
        .AddSingleton<HeldJobs>()
        .AddSingleton<InputPictures>()
        .AddSingleton<JobWatch>()
        .AddHostedService(provider => provider.GetRequiredService<JobWatch>())
        .AddHostedService<NullWorker>();
}
