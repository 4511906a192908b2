namespace Headgate.Portal.Provider.Gateways;

/// <summary>A fleet token's fields as they are typed; faults are named like the grain's fields.</summary>
internal sealed class FleetForm
{
    public string Name { get; set; } = "";

    public int? MaxGateways { get; set; } = 10;

    public int? Days { get; set; } = 30;

    public int? Weight { get; set; } = 100;

    public List<string> Pools { get; } = ["default"];

    public Faults Validate()
    {
        Name = Name.Trim();
        var faults = new Faults();
        faults.Check("name", Name.Length is > 0 and <= 100 && !Name.Any(char.IsControl), "Say in 1 to 100 characters what it is for.");
        faults.Check("maxGateways", MaxGateways is >= 1 and <= 1000, "A number from 1 to 1,000.");
        faults.Check("lifetime", Days is >= 1 and <= 366, "A number of days from 1 to 366.");
        faults.Check("weight", Weight is >= 1 and <= 1000, "A number from 1 to 1,000; 100 is ordinary.");
        faults.Check("pools", Pools.Count <= 16, "A gateway is in at most 16 pools.");
        return faults;
    }

    public CreateFleetToken ToCreate() => new(Name, [.. Pools], Weight!.Value, MaxGateways!.Value, TimeSpan.FromDays(Days!.Value));
}
