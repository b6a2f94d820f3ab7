using Gesso.Platform.Jobs;

namespace Gesso.Server.Maintenance;

/// <summary>What keeps a store in order while servers come and go.</summary>
internal static class MaintenanceSetup
{
    public static IServiceCollection AddMaintenance(this IServiceCollection services) => services
        .AddSingleton<MaintenanceMeter>()
        .AddSingleton<IChore>(provider => ActivatorUtilities.CreateInstance<LeaseChore>(provider, LeaseWatch.DefaultLease))
        .AddSingleton<IChore>(provider => ActivatorUtilities.CreateInstance<WorkerChore>(provider, LeaseWatch.DefaultLease))
        .AddSingleton<IChore, DeadlineChore>()
        .AddSingleton<IChore, RetentionChore>()
        .AddSingleton<IChore, AssetChore>()
        .AddHostedService<ChoreLoops>();
}
