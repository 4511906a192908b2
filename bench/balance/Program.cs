using System.Globalization;
using Headgate.Balance.Bench;
using Headgate.Silo.Grains.Gateways;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["ranker"])
{
    await Ranker.RunAsync(quick: false);
    return 0;
}

var quick = args is ["--quick"];
var size = quick ? new Size(100, 10_000, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(20)) : new Size(1_000, 100_000, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(60));

Console.WriteLine($"{size.Gateways:n0} gateways, {size.Tenants:n0} tenants, {size.Measured.TotalMinutes:n0} minutes of virtual time after {size.WarmUp.TotalMinutes:n0}; the same seed for all; {Environment.ProcessorCount} processors");
Console.WriteLine($"{"",-46}{"max/mean",10}{"worst",8}{"p99/mean",10}{"idle",7}{"moves",9}{"onto one",10}{"dead first",12}{"runs",10}");
foreach (var policy in new Policy[]
{
    new HeadgatePolicy("headgate", ListUse.GoesOn), new HeadgatePolicy("headgate, the least loaded first in all lists", ListUse.Begins),
    new RandomPolicy(), new RoundRobinPolicy(), new DnsPolicy(), new LeastConnectionsPolicy(),
})
{
    var figures = new Simulation(size, policy, seed: 6).Run();
    Console.WriteLine(
        $"{policy.Name,-46}{figures.MeanOfMax,10:0.00}{figures.Worst,8:0.00}{figures.MeanOfP99,10:0.00}{figures.Idle,7:p0}{figures.Moves,9:n0}{figures.MostOntoOne,10:p0}{figures.DeadFirst,12:n0}{figures.Runs,10:n0}");
}

Console.WriteLine();
LookUps.Run(quick);
await Ranker.RunAsync(quick);
return 0;
